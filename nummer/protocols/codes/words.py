# ruff: noqa: RUF001 -- the words of other scripts are meant as they are
"""The words that stand near codes, and near numbers that are no codes, by language.

All are in small letters. Stems are looked for inside words, since German, Norwegian and their
neighbours write compounds; `WHOLE` words only count when they stand alone.
"""

from __future__ import annotations

from typing import Final

# A code is near.
STRONG_STEMS: Final = (
    "code", "kode", "koodi", "комбинаци", "numero segreto", "numero secreto", "número secreto",
    "secret number", "chave de acesso", "chave de seguran", "geheimzahl", "geheimnummer", "código",
    "codigo", "codice", "kód", "codul", "kodas", "kodi", "kodu", "kods", "kood", "passord",
    "passwor", "passcode", "lösenord", "adgangskode", "wachtwoord", "mot de passe", "contraseña",
    "salasana", "hasło", "heslo", "şifre", "sifre", "parola", "parole", "senha", "код", "пароль",
    "κωδικ", "รหัส", "验证码", "校验码", "驗證碼", "动态码", "認証コード", "認証番号", "確認コード",
    "인증번호", "인증 번호", "확인 코드", "인증코드", "코드", "コード", "パスワード", "暗証番号",
    "动态密码", "動態密碼", "取件码", "口令", "密码", "密碼", "mật khẩu", "كلمة المرور",
    "كلمة السر", "tunnusluku", "tunnuslukusi", "skod", "activation key", "aktiveringsnøkkel",
    "aktivierungsschlüssel", "passnumber", "parool", "lozinka", "jelszó", "portkod", "dörrkod",
    "pinkod", "palavra-passe", "palavra passe", "contrasena", "losenord", "passwort", "סיסמ",
    "पासवर्ड", "mã xác", "mã otp", "رمز", "كود", "कोड", "ओटीपी", "קוד",
)  # fmt: skip
STRONG_WHOLE: Final = (
    "pin", "otp", "tan", "sms-tan", "mtan", "mobiletan", "chiptan", "pushtan", "smstan", "phototan",
    "kod", "kodo", "kodai", "cod", "mã",
    "kodem", "kodom", "parol", "parolem", "haslo", "haslem", "hasłem", "kennwort",
    "пин", "chiave", "ключ", "klucz", "totp", "2fa", "clave", "claves", "token", "tokenet",
    "tokenul",
)  # fmt: skip

# Somebody proves something: a number very near may be a code.
WEAK_STEMS: Final = (
    "verif", "confirm", "bekreft", "bestätig", "подтвер", "authent", "autentis", "bekräft",
    "bekræft", "vahvist", "weryfik", "potwierd", "logg inn", "log in", "login", "sign in",
    "sign-in", "anmeld", "einlogg", "inlogg", "innlogg", "inloggen", "connexion", "connecter",
    "iniciar ses", "accedi", "logowani", "вход", "aktiver", "activat", "aktivier", "認証", "인증",
    "验证", "doğrula", "ověř", "xác minh", "xác nhận",
    "logger på", "logge på", "logg på", "logge inn", "logge ind", "log ind", "logga in",
    "te loggen",
    "fullføre regist", "fuldføre regist", "slutföra regist", "valider l", "valider v", "s'inscri",
    "inscription", "entrez le", "confermare", "completare", "completar", "registrazione",
    "registro",
    "entrar na", "entrar en", "cadastro", "zalogow", "rejestracj", "bevestig", "luguj", "giriş",
    "onaylamak", "onayı için", "確認", "登录", "登入", "ログイン", "로그인", "đăng nhập", "เข้าสู่",
    "للدخول", "تسجيل الدخول", "регистрац", "войти", "войдите",
    "approve", "authori", "autoriz", "autoris", "godkjenn", "godkänn", "godkann", "godkend",
    "freigabe", "freizugeben", "freigeb", "zatwierd", "bestaetig", "bestatig", "onayla", "dogrula",
    "validar", "validare", "valider", "acceder", "accéder", "accedere", "acceso", "melden sie sich",
    "melde dich an", "podtverd", "podtverzh", "dlya vhoda", "dlia vhoda", "vojti", "voyti",
    "авториз", "подтверж", "to unlock", "to open", "zum öffnen", "pour ouvrir",
    "para abrir", "per aprire", "om te openen", "for å åpne", "för att öppna", "öppna luckan",
    "déverrouill", "desbloque", "sbloccare", "legitimera", "tilbakestill", "reset",
    "återställ", "zurücksetz", "réinitialis", "restablec", "reimpost", "redefin", "zresetow",
    "сброс", "herstel", "sıfırla", "prihlas", "přihlas", "kirjaut", "etkinleştir",
)  # fmt: skip

# Something was proved already: such news bring no code.
PROVED: Final = (
    "confirmed", "confirmé", "confirmada", "confirmado", "confermat", "conferma d'ordine",
    "bestätigt", "bestaetigt", "bekreftet", "bekräftad", "bekräftat", "bekræftet", "bevestigd",
    "potwierdzon", "potwierdzamy", "подтвержден", "подтверждён", "подтверждаем", "onaylandı",
    "onaylandi", "onaylanmış", "vahvistettu", "verified", "verificado", "verificada", "verifiziert",
    "verifisert", "approved", "authorised", "authorized", "autorizad", "autorizzat", "autorisé",
    "zatwierdzon", "godkjent", "godkänt", "godkänd", "godkendt", "freigegeben", "goedgekeurd",
    "activated", "aktivert", "aktiviert", "aktiverat", "aktiveret", "activé", "activad",
    "validada", "validado", "validé", "registrado", "verifierad", "подтвердили", "авторизован",
    "confirmation of", "confirmación de su", "bestätigung ihr", "bekreftelse på",
)  # fmt: skip

# Words that end or follow like a code word but name something else.
NO_CODE_BEFORE: Final = frozenset((
    "post", "zip", "postal", "bar", "qr", "strek", "strich", "promo", "promotion", "rabatt",
    "discount", "gutschein", "aktions", "area", "landes", "lands", "country", "dress", "sort",
    "swift", "voucher", "coupon", "kampanje", "gavekort", "gift", "source", "cashback", "verve",
    "friend", "referral", "invite", "rabat", "rabata", "kortings", "posta", "poçta", "indirim",
    "kampanya", "kupon", "cupom", "cupón", "cupon", "poštovní", "slevový", "alennus", "alekoodi",
    "posti", "avoimen", "쿠폰", "할인", "クーポン", "バー", "优惠", "条形", "折扣", "邮政", "error",
    "feil", "fehler", "status", "dial", "dialing", "http", "color", "farge", "booking", "bookings",
    "buchung", "buchungs", "bokning", "sporing", "spårning", "reservasjon", "boknings",
    "reservation", "reservations", "reservasjons", "reserverings", "boekings", "rezervasyon",
    "varaus", "tracking", "track", "trace", "sporings", "spårnings", "sendungs", "verfolgungs",
    "volg", "takip", "seuranta", "kunden", "kunde", "kund", "klant", "customer", "client",
    "client's", "musteri", "müşteri", "asiakas", "article", "artikel", "produkt", "product", "item",
    "trip", "ref", "referanse", "referens", "referenz", "member", "medlems", "mitglieds", "wkn",
    "bank", "sorting", "lån", "skatte", "tax", "vat", "fault", "defect", "feile", "fel", "hata",
    "fout", "chyb", "oppskrift", "gave", "present", "geschenk", "vervoers", "hediye", "lahja",
    "zone", "class", "group",
))  # fmt: skip
# The same behind the word: code postal, código de descuento, kod pocztowy.
NO_CODE_AFTER: Final = (
    "postal", "postale", "pocztow", "rabatow", "promo", "de descuento", "descuento", "de desconto",
    "desconto", "sconto", "di sconto", "de réduction", "réduction", "de remise", "à barres",
    "a barre", "de barras", "cadeau", "fiscal", "iban", "bic", "swift", "пвз", "скидк", "почтов",
    "de reducere", "poștal", "na slevu", "za rabat", "prenotazione", "di prenotazione",
    "de reserva", "de reservation", "de réservation", "rezerwac", "rezervac", "de suivi", "suivi",
    "klienta", "client", "cliente", "de cliente", "tracciamento", "di tracciamento", "tracking",
    "de rastre", "de seguimiento", "отслежив", "бронир", "клиента", "заказа", "ошибк", "товара",
    "barre", "barras", "d'erreur", "erreur", "de error", "de erro", "errore", "di errore", "błędu",
    "bledu", "kreskow", "produktu", "prodotto", "del producto", "de producto", "produit",
    "du produit", "de parrainage", "amigo", "de amigo", "amico", "polecaj", "referral",
    "de referido", "agence", "sap", "przesyłki", "przesylki", "zásilky", "d'agence", "banque",
    "banco", "guichet", "naf", "ape", "de barre", "has expired", "expired",
)  # fmt: skip
SHOP_WORDS: Final = (
    "rabatt", "discount", "% off", "coupon", "voucher", "gutschein", "promo", "tilbud", "angebot",
    "oferta", "on sale", " salg ", "salg!", "cashback", "kampanje", "скидк", "réduction",
    "descuento", "zniżk", "sconto", "korting", "checkout", "til kassen", "abonnement", "saldi",
    "soldes", "rebajas", "rebaja", "znizk", "wyprzedaż", "wyprzedaz", "taniej", "flash sale",
    " sale ", " sale!", "aanbieding", "uitverkoop", "promoção", "promocao", "ofertas", "erbjudande",
    "распродаж", "skidk", "sparen sie", "spar dir", "bon d'achat", "buono da", "buono di",
    "buono sconto", "gavekort", "presentkort", "gift card", "giftcard", "carte cadeau",
    "tarjeta regalo", "karta podarunk", "подарочн", "cadeaukaart", "cadeaubon", "hediye çeki",
    "hediye ceki", "geschenkkarte", "geschenkgutschein", "vale-presente", "cartão presente",
    "tilgodelapp", "alennu", "indirim", "remise", "cupom", "desconto", "rabat", "slev", "优惠",
    "折扣", "割引", "할인", "クーポン", "쿠폰", "kampanya", "промокод",
)  # fmt: skip
# Words of the till: beside them letters and digits are an offer's, plain digits need not be.
TILL_WORDS: Final = (
    "at the till", "in store", "in-store", "i kassen", "ved kassen", "i kassan", "an der kasse",
    "en caisse", "en caja", "alla cassa", "in cassa", "no caixa", "przy kasie", "на кассе",
    "aan de kassa", "kasada", "kassalla", "u pokladny", "warenkorb", "sepette", "carrito",
    "carrello", "carrinho", "panier", "koszyk", "winkelwagen", "handlekurv", "kurven", "varukorg",
    "en magasin", "in negozio", "en tienda", "in der filiale", "w sklepie", "в магазин", "na loja",
    "in de winkel", "webshop", "i butikken", "i butiken", "mağaza", "magaza",
)  # fmt: skip
# Nobody asks for codes, say warnings; the numbers of other sentences are then no codes of theirs.
NEVER_ASKED: Final = (
    "never ask", "not ask", "won't ask", "will ask you", "aldri om", "spør aldri", "sper aldri",
    "spør deg aldri", "ber deg aldri", "ber aldri", "aldrig om", "aldrig efter", "frågar aldrig",
    "spørger aldrig", "beder aldrig", "fragen nie", "fragt nie", "nie nach", "niemals nach",
    "fragen niemals", "fragen sie nie", "ne demand", "ne vous demand", "jamais vo", "jamais de",
    "ne vous le demand", "nunca te ped", "nunca le ped", "nunca ped", "nunca solicit",
    "jamais ped", "jamais solicit", "nunca lhe ped", "não ped", "nao ped", "non chied", "mai chied",
    "chiede mai", "chiediamo mai", "chiederà mai", "chiedera mai", "chiederemo mai", "nie pros",
    "nie pyta", "не спраш", "не запраш", "не прос", "nooit om", "nooit naar", "vragen nooit",
    "asla", "istemez", "istemeyiz", "sormaz", "nepožad", "nikdy", "koskaan",
)  # fmt: skip
# Words for what opens an account, often changed or guarded in one sentence, with a phone behind.
OF_ACCOUNTS: Final = (
    "passwor", "passord", "lösenord", "losenord", "wachtwoord", "mot de passe", "contraseña",
    "contrasena", "hasło", "haslo", "heslo", "palavra-passe", "palavra passe", "passwort",
    "kennwort", "salasana", "pin",
)  # fmt: skip
SAFE_WORDS: Final = (
    "verif", "login", "log in", "sign in", "sign-in", "security", "sikkerhet", "sicherheit",
    "bekreft", "bestätig", "confirm", "engangs", "einmal", "one-time", "otp", "passord", "passwor",
    "подтвер", "innlogg", "anmeld", "authent", "connexion", "inicio de ses", "iniciar ses",
    "verific", "weryfik", "logowan", "вход", "войти", "inlog", "bevestig", "giriş", "giris",
    "doğrula", "dogrula", "onay", "kirjaut", "vahvist", "bekräft", "bekræft", "bekraft",
    "bestaetig", "accesso", "acceso", "acesso", "tek kullan", "usage unique", "jednoraz",
    "одноразов", "eenmalig", "engångs", "kertakäyt", "un solo uso", "uso único", "autoriz",
    "autoris", "authori", "godkän", "godkjenn", "godkend", "freigabe", "potwierd", "подтверж",
    "valider",
)  # fmt: skip

# What a sum is counted in, before or after it.
CURRENCIES: Final = frozenset((
    "kr", "nok", "sek", "dkk", "eur", "euro", "usd", "gbp", "pln", "chf", "rub", "руб", "zł", "kč",
    "dollar", "dollars", "pund", "pounds", "kroner", "kronor", "cent", "try", "tl", "inr", "rs",
    "jpy", "cny", "brl", "mxn", "huf", "ft", "czk", "uah", "грн", "р",
))  # fmt: skip
UNITS: Final = frozenset((
    "min", "mins", "minute", "minutes", "minutt", "minutter", "minuter", "minuten", "minuti",
    "minutos", "minut", "minuty", "минут", "мин", "sec", "second", "seconds", "sek", "sekunder",
    "sekunden", "timer", "time", "hour", "hours", "stunden", "timmar", "heures", "horas", "ч",
    "days", "dager", "dage", "tage", "tagen", "jours", "días", "дней", "km", "kg", "gb", "mb",
    "kwh", "poeng", "points", "punkte", "pts", "bonuspoeng", "personen", "personer", "people",
    "followers", "følgere", "likes", "steps", "skritt", "stk", "pcs", "items", "ord", "views",
))  # fmt: skip

# Words after which a number names a thing, a person or a place to call.
NAMED_BY: Final = frozenset((
    "order", "ordre", "ordren", "ordrenr", "ordrenummer", "bestilling", "bestillingen",
    "bestillingsnr", "bestellung", "bestellnr", "bestellnummer", "auftrag", "auftragsnummer",
    "invoice", "faktura", "fakturanr", "fakturanummer", "rechnung", "rechnungsnummer", "tracking",
    "sporing", "sporingsnummer", "sendung", "sendungsnummer", "sending", "sendingen", "shipment",
    "parcel", "package", "pakke", "pakken", "paket", "booking", "bookingnr", "buchung",
    "buchungsnummer", "reservation", "reservasjon", "ticket", "billett", "billettnr", "flight",
    "fly", "flug", "gate", "case", "sak", "saksnr", "saksnummer", "vorgang", "ref", "reference",
    "referanse", "referansenr", "referenz", "kid", "kundenummer", "kundenr", "kunde", "customer",
    "member", "medlem", "medlemsnr", "medlemsnummer", "mitgliedsnummer", "account", "konto",
    "kontonr", "kontonummer", "acct", "card", "kort", "karte", "iban", "policy", "polise", "police",
    "vertrag", "vertragsnummer", "zählernummer", "målernummer", "room", "rom", "zimmer", "seat",
    "sete", "platz", "bus", "buss", "linie", "linje", "track", "spor", "gleis", "køplass", "queue",
    "kønummer", "wartenummer", "commande", "pedido", "zamówienie", "zamówienia", "beställning",
    "order-id", "заказ", "заказа", "заказу", "счет", "счёт", "pnr", "nr", "no", "number", "nummer",
    "numero", "номер", "id", "vol", "train", "tog", "zug", "model", "serial", "serienummer",
    "plate", "version", "versjon", "build", "windows", "kapittel", "room no", "suite", "bureau",
    "salle", "sala", "stanza", "pokój", "кабинет", "комната", "raum", "kamer", "huone", "rum",
    "værelse", "lokale", "lokal", "kontor", "oda", "hylle", "hylla", "hylly", "skap", "skåp",
    "boks", "box", "fach", "locker", "casier", "fatura", "factura", "facture", "fattura", "lasku",
    "rechnungsnr", "счета", "siparişiniz", "sipariş", "ordine", "tilaus", "bestelling", "treno",
    "tren", "trem", "trein", "pociąg", "поезд", "juna", "peron", "binario", "vía", "voie",
    "plataforma", "путь", "perron", "订单", "訂單", "注文", "주문", "尾号", "末尾", "postnummer",
    "postleitzahl", "plz", "postnr", "cap", "cep", "cp", "индекс", "postinumero", "postcode", "zip",
    "street", "strasse", "straße",
))  # fmt: skip
# Of those, the ones that may also end a clause: "verify your account: 1234" is a code.
NAMED_UNLESS_COLON: Final = frozenset((
    "account", "konto", "kontoen", "acct", "card", "kort", "karte", "kunde", "customer", "member",
    "medlem", "windows", "in", "i", "um", "since", "siden", "seit", "year", "år", "jahr", "police",
    "policy", "model", "id", "number", "nummer", "numero", "номер", "ticket", "gate", "fly", "sak",
    "case", "vorgang", "no", "linie", "linje", "spor", "zug", "tog", "train", "vol",
))  # fmt: skip
ENDING: Final = (
    "ending", "ending in", "ending with", "ends in", "slutter på", "som slutter på", "endet auf",
    "endend auf", "mit der endung", "endung", "endziffern", "finissant par", "terminada en",
    "last digits", "siste sifre", "last 4 digits", "letzten ziffern", "på slutten",
)  # fmt: skip
REACHED_AT: Final = (
    "call", "call us", "call us on", "call us at", "call on", "ring", "ring oss på", "ring oss",
    "ring på", "tlf", "tel", "tlf.", "tel.", "telefon", "phone", "mobil", "hotline", "dial", "fax",
    "anrufen unter", "rufen sie an", "unter", "at tel", "kontakt", "ring til", "ring tlf",
    "звоните", "appelez le", "llame al", "stop to", "text to", "reply to", "send to", "stopp til",
    "stopp an", "sms to", "sms til", "sms an", "send sms til", "till", "stop til", "stop an",
    "stop a", "stop au",
)  # fmt: skip
DATED: Final = frozenset((
    "kl", "kl.", "klokken", "um", "uhr", "since", "siden", "seit", "in", "i", "år", "jahr", "year",
    "©", "januar", "februar", "mars", "märz", "april", "mai", "may", "juni", "juli", "august",
    "september", "oktober", "november", "desember", "dezember", "january", "february", "march",
    "june", "july", "october", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "okt", "oct", "nov", "des", "dez", "dec", "janvier", "février", "avril", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
))  # fmt: skip

# Between a code word and its code: "code is 1234", "Code lautet: 1234".
LINKS: Final = frozenset((
    "is", "er", "ist", "lautet", "lyder", "est", "es", "è", "é", "är", "jest", "to", "on", "je",
    "это", "is:", "var", "este", "yra", "for",
    # what a code is for, between the word and an odd form: code d'accès K8Z4TQ
    "de", "di", "d'accès", "d'activation", "d'inscription", "accès", "acceso", "accesso", "acesso",
    "seguridad", "sicurezza", "sécurité", "segurança", "verificación", "verifica", "vérification",
    "verificação", "confirmación", "conferma", "confirmation", "confirmação", "activación",
    "attivazione", "activation", "ativação", "sms", "otp", "dostępu", "weryfikacyjny",
    "potwierdzający", "autoryzacji", "доступа", "подтверждения", "активации", "входа", "din",
    "ditt", "ihr", "dein", "your", "tu", "su", "votre", "twój", "ваш",
))  # fmt: skip

REGISTRATION: Final = (
    "registr", "sign up", "sign-up", "signup", "create your account", "create an account",
    "creating your account", "new account", "set up your account", "welcome to", "opprett",
    "ny konto", "velkommen til", "konto erstellen", "konto anzulegen", "neues konto",
    "kontoerstellung", "willkommen bei", "crear tu cuenta", "crear cuenta", "créer", "inscription",
    "inscri", "rejestrac", "utwórz", "skapa konto", "skapa ditt konto", "oprette", "account aan",
    "регистрац", "luo tili", "rekister", "crea un account", "注册", "가입", "登録", "kayıt",
)  # fmt: skip
LOGIN: Final = (
    "log in", "login", "log-in", "logging in", "sign in", "sign-in", "signin", "signing in",
    "two-factor", "2fa", "two-step", "new device", "logge inn", "logg inn", "innlogging",
    "pålogging", "ny enhet", "totrinns", "anmeldung", "anmelden", "anzumelden", "einloggen",
    "einzuloggen", "neues gerät", "zwei-faktor", "logga in", "inloggning",
    "log ind", "inloggen",
    "connexion", "connecter", "iniciar ses", "inicio de ses", "zalogow", "logowani",
    "accedere", "accesso",
    "для входа", "вход", "войти", "kirjaut", "přihlá", "giriş", "登录", "登入", "ログイン",
    "로그인",
)  # fmt: skip

# Folded words (small, without marks) that name the number a few small words further on.
NAMED_ANYWHERE: Final = frozenset((
    "cliente", "client", "klient", "klienta", "klantnr", "klantnummer", "kundnr", "kundnummer",
    "kundennr", "kundennummer", "kundenr", "asiakasnumero", "musteri", "abone", "klienten",
    "dossier", "dossiernummer", "expediente", "pratica", "processo", "sprawa", "sprawy", "zaak",
    "zaaknummer", "vorgang", "aktenzeichen", "arende", "arendenummer", "sag", "sagsnr", "avtale",
    "avtalenr", "avtal", "contrat", "contrato", "contratto", "contract", "contractnr", "umowa",
    "umowy", "umowe", "sopimus", "smlouva", "sozlesme", "vertrag", "vertragskonto", "vertragsnr",
    "договор", "договора", "договору", "обращение", "обращения", "заявка", "заявки", "заявке",
    "polis", "polisa", "polisy", "poliza", "polizza", "apolice", "полис", "заказ", "заказа",
    "identifiant", "benutzername", "brukernavn", "anvandarnamn", "gebruikersnaam", "usuario",
    "utente", "utilizador", "uzytkownika", "логин", "username", "metering", "meter", "zahlerstand",
    "zaehlerstand", "malerstand", "meterstand", "licznika", "licznik", "lectura", "lettura",
    "leitura", "releve", "matarstallning", "sayac", "stav", "reading", "measure", "maalerstand",
    "bolletta", "nota", "commande", "colis", "kolli", "ocr", "kolliid", "przesylka", "przesylki",
    "przesylke", "spedizione", "envio", "encomenda", "encomendas", "siparis", "siparisiniz",
    "takip", "trek", "трек", "отправление", "посылка", "посылки", "suivi", "rastreio",
    "seguimiento", "traccia", "track", "order", "bestelling", "bestilling", "objednavka",
    "objednavky", "referencia", "referenz", "riferimento", "reference", "entidade", "счет", "счета",
    "чек", "чека", "quittung", "beleg", "kvitto", "kvittering", "recibo", "ricevuta", "paragon",
    "transaktion", "transaction", "transaccion", "transazione", "transacao", "транзакция",
    "операция", "iban", "konto", "rachunek", "rachunku", "rach", "cuenta", "conta", "conto",
    "compte", "rekening", "rek", "hesap", "hesabi", "счету", "карта", "карты", "карте", "card",
    "carta", "carte", "tarjeta", "cartao", "karta", "karty", "karte", "kort", "kortet", "kaart",
    "pas", "kart", "kartiniz", "turno", "ticket", "bilet", "biletu", "kolejce", "очереди", "талон",
    "numaraniz", "queue", "job", "quote", "quoting", "vlucht", "vuelo", "volo", "voo", "lot",
    "рейс", "ucus", "seat", "asiento", "posto", "miejsce", "место", "koltuk", "stoel", "plats",
    "plass", "gate", "gabinet", "sala", "kab", "каб", "lokal", "call", "calling", "ring", "ringen",
    "bel", "bellen", "chiama", "chiamare", "chiami", "llama", "llame", "llamar", "ligue", "ligar",
    "appelez", "appeler", "zadzwon", "dzwon", "звоните", "позвоните", "tel", "tlf", "tfn", "tlfn",
    "telefon", "telefone", "telefono", "telephone", "phone", "mobil", "telefoon", "тел", "телефон",
    "hotline", "infolinia", "infolinii", "verde", "fax", "sentralbord", "kundeservice",
    "kundtjanst", "klantenservice", "anrufen", "soita", "puh", "puhelin", "stop", "stopp", "stopt",
    "стоп", "baja", "sair", "opt", "afmelden", "abmelden", "odhlaseni", "отписка", "avmeld",
    "avsluta", "desabo", "unsubscribe", "text", "pnr", "imei", "vin", "regnr", "kid", "orgnr",
    "nip", "pesel", "инн", "cpf", "cnpj", "siret", "versjon", "version", "versie", "wersja",
    "versione", "modell", "modele", "modelo", "model", "kupon", "coupon", "voucher", "gutschein",
    "promo", "promokod", "промокод", "промокоду", "saldo", "solde", "balance", "баланс", "bakiye",
    "kontostand", "guthaben",
))  # fmt: skip
# The same right in front of a number only: "le code de votre casier est 0417" is a code.
PLACES: Final = frozenset((
    "taquilla", "casier", "kluis", "skrytka", "skrytce", "ячейка", "ячейке", "dolap",
    "armario", "armadietto", "locker", "fach", "luke", "lucka", "dock", "ul", "ulica", "улица",
    "rue", "calle", "via", "rua", "cadde", "cad", "desk", "counter", "schalter", "guichet",
    "ventanilla", "sportello", "balcao", "okienko", "окно", "balie", "gise", "skranke",
))  # fmt: skip
LEADING_TO_NUMBERS: Final = frozenset((
    "no", "nr", "nro", "n", "num", "number", "numer", "numero", "nummer", "numarasi", "numara",
    "номер", "id", "de", "du", "di", "do", "da", "del", "della", "al", "le", "la", "el", "il", "o",
    "the", "den", "on", "at", "us", "oss", "ons", "pa", "til", "till", "to", "an", "au", "a",
    "naar", "na", "на", "под", "op", "is", "er", "ist", "es", "est", "e", "ar", "jest", "sie",
    "uns", "unter", "nas", "nos", "your", "din", "ditt", "ihr", "ihre", "votre", "su", "tu", "sua",
    "suo", "ref", "kod", "cod", "code", "codigo", "codice", "kode", "ending", "terminada", "en",
    "em", "avec", "med", "mit", "con", "som", "as",
))  # fmt: skip
# Turkish names a number behind it: 1234 numarali siparis.
NAMED_BEHIND: Final = frozenset((
    "numarali", "nolu", "sayili", "numaradan", "numarayi", "hattini", "aboneligi", "puan",
))  # fmt: skip
# K7XQ2P is your code: the folded verb behind a code.
VERBS_BEHIND: Final = frozenset((
    "is", "er", "ist", "ar", "est", "es", "e", "to", "jest", "это", "lautet", "lyder", "on", "je",
    "como", "as", "als", "som", "comme", "come", "jako", "как", "eto", "for", "din", "ваш", "twoj",
))  # fmt: skip
# What one does with a code, folded; right in front of a number it announces it.
ASKING: Final = frozenset((
    "enter", "entering", "type", "typing", "input", "insert", "key", "punch", "use", "using",
    "provide", "reply", "respond", "present", "submit", "tap", "skriv", "skrive", "tast", "taste",
    "bruk", "bruke", "oppgi", "svar", "svare", "angi", "fyll", "godkjenn", "godkjenne", "bekreft",
    "bekrefte", "vis", "ange", "anvand", "anvanda", "knappa", "sla", "mata", "uppge", "svara",
    "godkann", "bekrafta", "indtast", "indtaste", "brug", "bruge", "godkend", "bekraeft", "oplys",
    "tastes", "gib", "geben", "gebe", "gebt", "tippe", "tippen", "tragen", "trage", "nutze",
    "nutzen", "benutze", "benutzen", "verwende", "verwenden", "eingeben", "eingabe", "antworte",
    "antworten", "bestatige", "bestatigen", "bestaetigen", "nenne", "nennen", "saisissez", "saisir",
    "saisis", "entrez", "entrer", "entre", "tapez", "taper", "tape", "utilisez", "utiliser",
    "utilise", "indiquez", "indiquer", "renseignez", "renseigner", "composez", "repondez",
    "repondre", "confirmez", "communiquez", "inscrivez", "rentrez", "introduce", "introduzca",
    "introducir", "introduciendo", "ingresa", "ingrese", "ingresar", "ingresando", "escribe",
    "escriba", "escribir", "escribiendo", "usa", "usar", "usando", "utiliza", "utilice", "utilizar",
    "digita", "digite", "digitar", "teclea", "teclee", "responde", "responda", "confirma",
    "confirme", "pon", "marca", "marque", "indica", "indique", "inserisci", "inserire", "inserendo",
    "inserisca", "digitare", "digitando", "usi", "usare", "utilizza", "utilizzare", "utilizzi",
    "immetti", "immettere", "scrivi", "scrivere", "rispondi", "rispondere", "conferma", "fornisci",
    "comunica", "mostra", "insira", "inserir", "inserindo", "introduza", "introduzir", "informe",
    "informar", "utilize", "escreva", "coloque", "confirmar", "preencha", "wpisz", "wpisac",
    "wpisujac", "podaj", "podac", "podajac", "uzyj", "uzyc", "wprowadz", "wprowadzic", "odpisz",
    "potwierdz", "wstukaj", "wpisanie", "przepisz", "введите", "введи", "ввести", "вводите",
    "укажите", "укажи", "указать", "используйте", "используи", "использовать", "назовите", "назови",
    "сообщите", "наберите", "отправьте", "впишите", "вбеите", "вбей", "ведите", "vvedite", "vvedi",
    "vvesti", "ukazhite", "ukajite", "ispolzujte", "ispolzuyte", "ispol", "nazovite", "soobshite",
    "naberite", "vul", "vult", "voer", "voert", "toets", "toetst", "typ", "typt", "tik", "tikt",
    "gebruik", "gebruikt", "invoeren", "geef", "geeft", "antwoord", "bevestig", "bevestigen", "gir",
    "girin", "giriniz", "yaz", "yazin", "yaziniz", "tuslayin", "tuslayiniz", "kullan", "syota",
    "kayta", "nappaile", "anna", "zadejte", "zadej", "pouzijte", "vlozte", "opiste", "napiste",
    "введіть", "вкажіть", "masukkan", "gunakan", "nhap", "introduceti", "folositi",
))  # fmt: skip
# Small words that may stand between the verb and the number.
ASKED_WITH: Final = frozenset((
    "inn", "in", "ein", "ind", "med", "with", "mit", "con", "com", "avec", "met", "z", "the", "den",
    "det", "die", "der", "das", "le", "la", "el", "il", "lo", "o", "a", "de", "het", "sie", "bitte",
    "please", "u", "je", "only", "kun", "nur", "alleen", "bare", "bara", "this", "your", "ditt",
    "din", "ihr", "ihren", "votre", "su", "tu", "code", "kode", "koden", "kod", "kodu", "kodem",
    "codigo", "codice", "код", "pin", "zahl", "ziffern", "tallet", "tallene", "siffrorna",
    "sifrene", "chiffres", "numeros", "numero", "number", "digits", "цифры", "kurierowi", "курьеру",
    "als", "as", "just", "simply", "einfach", "maintenant", "now", "na", "nu", "her", "kuryeru",
    "du", "uw", "you", "sich", "следующии", "eto", "это", "cifry", "folgende", "folgenden",
    "following", "ile", "koda", "solo", "apenas", "tylko", "только", "som",
))  # fmt: skip
# The same behind the number, in languages whose verbs come last.
ASKING_BEHIND: Final = frozenset((
    "girin", "giriniz", "gir", "girerek", "girip", "girebilirsiniz", "yaz", "yazin", "yaziniz",
    "yazip", "yazarak", "yazmaniz", "kullanin", "kullaniniz", "kullanarak", "kullan", "tuslayin",
    "tuslayiniz", "tuslayarak", "paylasin", "eingeben", "einzugeben", "eintippen", "einzutippen",
    "eintragen", "einfugen", "verwenden", "nutzen", "invoeren", "invullen", "intoetsen",
    "intypen", "gebruiken", "kodunu",
))  # fmt: skip
# Folded words near which seven digits and more are somebody's phone.
CALLING: Final = frozenset((
    "call", "phone", "tel", "tlf", "tfn", "ring", "ringe", "anrufen", "rufen", "ruf", "appelez",
    "appeler", "llame", "llama", "llamar", "chiama", "chiamare", "ligue", "ligar", "zadzwon", "bel",
    "bellen", "звоните", "позвоните", "тел", "телефон", "telefon", "telefono", "telefone", "mobil",
    "mobile", "movil", "whatsapp", "mobilnummeret", "hotline", "infolinia", "arayin", "soita",
    "zavolejte", "joindre", "contact", "kontakt", "contacte", "kundeservice", "handynummer",
))  # fmt: skip
# What one needs, in front of letters with digits: då behöver du HX73PD.
NEEDING: Final = frozenset((
    "behover", "trenger", "brauchst", "brauchen", "need", "necesitas", "necesita", "necesitaras",
    "serve", "servira", "precisa", "precisas", "potrzebujesz", "понадобится", "потребуется",
    "behoever", "tarvitset", "besoin", "notez", "merk", "remember",
))  # fmt: skip
OPENING: Final = (
    "öffne", "oeffne", "åpne", "öppna", "oppna", "åbne", "ouvr", "abre", "abri", "apri", "open",
    "otw", "откр", "unlock", "lås opp", "låser opp", "lås op", "låsa upp", "låser du upp",
    "entsperr", "melde", "koppel", "schließ",
)  # fmt: skip
# In front of four digits that can be a time of day.
AT_TIMES: Final = frozenset((
    "at", "kl", "um", "alle", "om", "ore", "godz", "saat", "uur", "las", "klo", "klokken", "в",
    "until", "til", "till", "bis", "tot", "do", "before", "by", "from", "ab", "fra", "fran", "vor",
    "van", "od", "до", "с", "kello",
))  # fmt: skip
TELLING: Final = frozenset(
    ("lautet", "lyder", "is", "er", "ist", "är", "est", "es", "è", "é", "to")
)
INSTRUMENTS: Final = frozenset((
    "mit", "med", "with", "con", "avec", "met", "com", "via", "z", "с", "s",
))  # fmt: skip
