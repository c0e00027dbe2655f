"""Messages as services write them, each with a code of its own; in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nummer.protocols.sms.alphabets import DEFAULT

_SEPTETS: Final = {character: septet for septet, character in enumerate(DEFAULT)}
_UCS2: Final = 8  # data_coding, 3GPP TS 23.038 section 4
_PRIME: Final = 7_919  # makes neighbours' codes look unlike


@dataclass(frozen=True, slots=True)
class Sample:
    """How a service writes: `{}` stands for `digits` digits, or for letters where that is 0."""

    service: str
    sender: str
    text: str
    digits: int = 6


SAMPLES: Final = (
    Sample("wa", "WhatsApp", "<#> Your WhatsApp code: {}\n\nDon't share this code with others"),
    Sample("tg", "Telegram", "Telegram code: {}\n\nDo not give it to anyone, even to us.", 5),
    Sample("go", "Google", "G-{} is your Google verification code. Don't share it with anyone."),
    Sample("fb", "Facebook", "FB-{} is your Facebook confirmation code", 5),
    Sample("ig", "Instagram", "{} is your Instagram code. Don't share it."),
    Sample("am", "Amazon", "{} is your Amazon OTP. Do not share it with anyone."),
    Sample("mm", "Microsoft", "Bruk {} som sikkerhetskode for Microsoft-kontoen"),
    Sample("ds", "Discord", "Sikkerhetskoden din for Discord er: {}"),
    Sample("ub", "Uber", "Dein Uber-Code: {}. Gib ihn niemals weiter.", 4),
    Sample("ts", "PayPal", "PayPal: Ihr Sicherheitscode lautet {}. Er läuft in 10 Minuten ab."),
    Sample("lf", "TikTok", "[TikTok] {} is your verification code, valid for 5 minutes."),
    Sample("wx", "Apple", "Your Apple Account code is: {}. Don't share it with anyone."),
    Sample("nf", "Netflix", "Your Netflix verification code is {}. It expires in 20 minutes."),
    Sample("tn", "LinkedIn", "Your LinkedIn verification code is {}."),
    Sample("vk", "VKcom", "VK: {} — код для регистрации"),
    Sample("tg", "Telegram", "Telegram: код для входа {}", 5),
    Sample("tw", "Twitter", "Your X confirmation code is {}."),
    Sample("uk", "Airbnb", "Airbnb-koden din er {}"),
    Sample("ub", "Uber", "Thanks for riding with Uber. See you soon, {}", 0),  # without a code
    Sample("go", "Google", "Google: your family group is ready. Reference {}", 0),  # likewise
)


def code_of(sample: Sample, *, number: int, turn: int) -> str:
    """Return what the `turn`-th message to a number says; it differs for 10,000 turns."""
    value = turn * _PRIME + number * 31
    if sample.digits == 0:
        return "".join(chr(ord("a") + value // 26**place % 26) for place in range(6))
    return str(value % 10**sample.digits).zfill(sample.digits)


def octets_of(text: str) -> tuple[int, bytes]:
    """Return data_coding and octets: the default alphabet unpacked, otherwise UCS-2."""
    try:
        return 0, bytes(_SEPTETS[character] for character in text)
    except KeyError:
        return _UCS2, text.encode("utf-16-be")
