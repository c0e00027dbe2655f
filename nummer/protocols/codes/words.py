# ruff: noqa: RUF001 -- the words of other scripts are meant as they are
"""The words that stand near codes, and near numbers that are no codes, by language.

All are in small letters. Stems are looked for inside words, since German, Norwegian and their
neighbours write compounds; `WHOLE` words only count when they stand alone.
"""

from __future__ import annotations

from typing import Final

# A code is near.
STRONG_STEMS: Final = (
    "code", "kode", "koodi", "código", "codigo", "codice", "kód", "codul", "kodas", "kodi",
    "kodu", "kods", "kood", "passord", "passwor", "passcode", "lösenord", "adgangskode",
    "wachtwoord", "mot de passe", "contraseña", "salasana", "hasło", "heslo", "şifre", "sifre",
    "parola", "parole", "senha", "код", "пароль", "κωδικ", "รหัส", "验证码", "校验码", "驗證碼",
    "动态码", "認証コード", "認証番号", "確認コード", "인증번호", "인증 번호", "확인 코드",
    "인증코드", "코드", "コード", "パスワード", "暗証番号", "动态密码", "動態密碼", "取件码",
    "口令",
    "密码", "密碼", "mật khẩu", "كلمة المرور", "كلمة السر", "tunnusluku", "tunnuslukusi", "skod",
    "activation key", "aktiveringsnøkkel", "aktivierungsschlüssel", "passnumber", "parool",
    "lozinka", "jelszó", "סיסמ", "पासवर्ड",
    "mã xác", "mã otp", "رمز", "كود", "कोड", "ओटीपी", "קוד",
)  # fmt: skip
STRONG_WHOLE: Final = (
    "pin", "otp", "tan", "sms-tan", "mtan", "kod", "kodo", "kodai", "cod", "mã",
    "totp", "2fa", "clave", "claves", "token", "tokenet", "tokenul",
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
)  # fmt: skip

# Words that end or follow like a code word but name something else.
NO_CODE_BEFORE: Final = frozenset((
    "post", "zip", "postal", "bar", "qr", "strek", "strich", "promo", "promotion", "rabatt",
    "discount", "gutschein", "aktions", "area", "landes", "lands", "country", "dress", "sort",
    "swift", "voucher", "coupon", "kampanje", "gavekort", "gift", "source", "cashback", "verve",
    "friend", "referral", "invite", "rabat", "rabata", "kortings", "posta", "poçta", "indirim",
    "kampanya", "kupon", "cupom", "cupón", "cupon", "poštovní", "slevový", "alennus", "alekoodi",
    "posti", "avoimen", "쿠폰", "할인", "クーポン", "バー", "qr", "优惠", "条形", "折扣", "邮政",
    "error", "feil", "fehler", "status", "dial", "dialing", "http", "source", "color", "farge",
))  # fmt: skip
# The same behind the word: code postal, código de descuento, kod pocztowy.
NO_CODE_AFTER: Final = (
    "postal", "postale", "pocztow", "rabatow", "promo", "de descuento", "descuento", "de desconto",
    "desconto", "sconto", "di sconto", "de réduction", "réduction", "de remise", "à barres",
    "a barre", "de barras", "cadeau", "fiscal", "iban", "bic", "swift", "пвз", "скидк",
    "почтов", "de reducere", "poștal", "na slevu", "za rabat",
)  # fmt: skip
SHOP_WORDS: Final = (
    "rabatt", "discount", "% off", "coupon", "voucher", "gutschein", "promo", "tilbud", "angebot",
    "oferta", "sale", "salg", "cashback", "kampanje", "скидк", "réduction", "descuento", "zniżk",
    "sconto", "korting", "checkout", "til kassen", "abonnement",
    "alennu", "indirim", "remise", "cupom", "desconto", "rabat", "slev", "优惠", "折扣", "割引",
    "할인", "クーポン", "쿠폰", "kampanya", "промокод",
)  # fmt: skip
SAFE_WORDS: Final = (
    "verif", "login", "log in", "sign in", "sign-in", "security", "sikkerhet", "sicherheit",
    "bekreft", "bestätig", "confirm", "engangs", "einmal", "one-time", "otp", "passord", "passwor",
    "подтвер", "innlogg", "anmeld", "authent",
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
    "kontonr", "kontonummer", "acct", "card", "kort", "karte", "iban", "policy", "polise",
    "police", "vertrag", "vertragsnummer", "zählernummer", "målernummer", "room", "rom", "zimmer",
    "seat", "sete", "platz", "bus", "buss", "linie", "linje", "track", "spor", "gleis", "køplass",
    "queue", "kønummer", "wartenummer", "commande", "pedido", "zamówienie", "zamówienia",
    "beställning", "order-id", "заказ", "заказа", "заказу", "счет", "счёт", "pnr", "nr", "no",
    "number", "nummer", "numero", "номер", "id", "vol", "train", "tog", "zug", "model", "serial",
    "serienummer", "plate", "version", "versjon", "build", "windows", "kapittel", "room no",
    "suite", "bureau", "salle", "sala", "stanza", "pokój", "кабинет", "комната", "raum", "kamer",
    "huone", "rum", "værelse", "lokale", "lokal", "kontor", "oda", "hylle", "hylla", "hylly",
    "skap", "skåp", "boks", "box", "fach", "locker", "casier", "fatura", "factura", "facture",
    "fattura", "lasku", "rechnungsnr", "счета", "siparişiniz", "sipariş", "pedido", "ordine",
    "tilaus", "bestelling", "treno", "tren", "trem", "trein", "pociąg", "поезд", "juna", "peron",
    "binario", "vía", "voie", "plataforma", "путь", "perron", "订单", "訂單", "注文", "주문",
    "尾号", "末尾", "postnummer", "postleitzahl", "plz", "postnr", "cap", "cep", "cp", "индекс",
    "postinumero", "postcode", "zip", "street", "strasse", "straße", "gate",
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
