"""How templates show money, moments, countries and form fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from babel.core import Locale
from babel.dates import format_date, format_time, get_timezone_gmt
from babel.numbers import format_currency, format_percent
from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from nummer.apps.accounts.ports import sign_in_provider
from nummer.faces.site import rights
from nummer.faces.site.devices import device_in_words
from nummer.faces.site.sign_in import plain_name
from nummer.faces.site.zones import own_zone
from nummer.kernel.errors import Refusal
from nummer.kernel.harmless import harmless
from nummer.kernel.money import Money, minor_digits

register = template.Library()
_FLAGS: Final = Path(__file__).resolve().parents[1] / "static/site/vendor/flags"
_CLASSES: Final = {
    forms.CheckboxInput: "checkbox",
    forms.CheckboxSelectMultiple: "checkbox",
    forms.RadioSelect: "radio",
    forms.Select: "select w-full",
    forms.Textarea: "textarea w-full",
    forms.ClearableFileInput: "file-input w-full",
    forms.FileInput: "file-input w-full",
}


def locale() -> Locale:
    """Return the reader's language as Unicode's tables name it."""
    return Locale.parse((get_language() or "en").split("-")[0])


@register.filter
def may(user: object, page: str) -> bool:
    """Say whether the role of who is signed in opens a page of the site (ADR 432)."""
    return rights.may(getattr(user, "member_role", ""), page)


@register.filter
def may_do(user: object, page: str) -> bool:
    """Say whether the role of who is signed in sends forms to a page of the site (ADR 432)."""
    return rights.may(getattr(user, "member_role", ""), page, reading=False)


@register.filter
def money(amount: Money | None) -> str:
    """Show an exact amount as the reader writes it: 20,00 €; more digits where there are some."""
    if amount is None:
        return ""
    exact = (amount.micro * 10 ** minor_digits(amount.currency)) % 1_000_000 == 0
    return format_currency(
        amount.decimal(), amount.currency, locale=locale(), decimal_quantization=exact
    )


@register.filter
def signed(amount: Money) -> str:
    """Show an amount with its sign, as a statement does."""
    shown = money(amount)
    return f"+{shown}" if amount.micro > 0 else shown.replace("-", "\N{MINUS SIGN}")


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """Show a moment in UTC, which the page's own script turns into the reader's zone.

    A customer who chose a zone sees it in that one.
    """
    return _moment(at, "HH:mm", "")


@register.filter
def day(on: date) -> str:
    """Show a day as the reader writes it."""
    return format_date(on, "medium", locale=locale())


@register.filter
def instant(at: datetime | None) -> SafeString | str:
    """Show a moment to the second, as `moment` does.

    A time line needs the seconds: an order may begin, get its code and end within a minute.
    """
    return _moment(at, "HH:mm:ss", "s")


@register.filter
def zoned(at: datetime | None) -> SafeString | str:
    """Show a moment to the second with its zone, which the page's own script makes the reader's."""
    return _moment(at, "HH:mm:ss", "z")


def _moment(at: datetime | None, form: str, script: str) -> SafeString | str:
    if at is None:
        return ""
    zone = own_zone()
    there = at if zone is None else at.astimezone(zone)
    day = format_date(there, "medium", locale=locale())
    # Babel reads the hours of an aware moment in UTC unless it is told the zone
    shown = f"{day}, {format_time(there.replace(tzinfo=None), form, locale=locale())}"
    if zone is None:
        words = '<time datetime="{}" data-moment{}>{} UTC</time>'
        how = format_html('="{}"', script) if script else ""
        return format_html(words, at.isoformat(), how, shown)
    if script == "z":
        name = get_timezone_gmt(there, "long", locale=locale())
        shown = f"{shown} {name}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), shown)


@register.filter
def device(agent: str) -> str:
    """Return the device that a browser says it is, in words."""
    return device_in_words(agent)


@register.filter
def country(code: str) -> str:
    """Return the country's name in the reader's language."""
    return str(locale().territories.get(code, code))


@register.simple_tag
def flag(code: str) -> SafeString | str:
    """Show the flag of a country beside its name; nothing where there is none."""
    if code.upper() not in _flags():
        return ""
    return format_html(
        '<img class="flag" src="{}" width="20" height="20" alt="" loading="lazy">',
        static(f"site/vendor/flags/{code.lower()}.svg"),
    )


@cache
def _flags() -> frozenset[str]:
    return frozenset(file.stem.upper() for file in _FLAGS.glob("*.svg"))


@register.filter
def percent(basis_points: int) -> str:
    """Show hundredths of a percent as percent: 2500 is 25."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


@register.filter
def hundredths(basis_points: int | None) -> str:
    """Show hundredths of a per cent as the reader writes them: -2050 is -20,5 %."""
    if basis_points is None:
        return ""
    return format_percent(Decimal(basis_points) / 10_000, "#,##0.##\xa0%", locale=locale())


@register.filter
def minutes(seconds: int) -> int:
    """Show a window of seconds as whole minutes."""
    return seconds // 60


@register.filter
def share(whole_percent: int) -> str:
    """Show a whole percent as the reader writes it: 92 % or 92%."""
    return format_percent(Decimal(whole_percent) / 100, locale=locale())


@register.filter
def duration(seconds: int) -> str:
    """Show seconds as a person says them: 45 s, 2 min, 1 min 30 s."""
    whole, rest = divmod(seconds, 60)
    parts = [f"{whole} min"] if whole else []
    return "\N{NO-BREAK SPACE}".join([*parts, f"{rest} s"] if rest or not whole else parts)


@register.filter
def told(refusal: Refusal) -> str:
    """Show a refusal in the reader's language."""
    from nummer.faces.site.refusals import sentence  # noqa: PLC0415 -- tags load before the app

    return sentence(refusal)


@register.inclusion_tag("site/field.html")
def field(bound: BoundField) -> dict[str, object]:
    """Show one form field with its label, help and errors tied to it."""
    widget = bound.field.widget
    checkbox = isinstance(widget, forms.CheckboxInput)
    classes = next((css for kind, css in _CLASSES.items() if isinstance(widget, kind)), None)
    marked = " input-error" if bound.errors and classes is None else ""
    described = [f"{bound.id_for_label}_helptext"] if bound.help_text else []
    described += [f"{bound.id_for_label}_error"] if bound.errors else []
    attributes: dict[str, str | bool] = {"class": (classes or "input w-full") + marked}
    if bound.errors and next(iter(bound.form.errors), None) == bound.name:
        attributes.setdefault(
            "autofocus", widget.attrs.get("autofocus", True)
        )  # what is to be mended is where somebody goes on
    if described:
        attributes["aria-describedby"] = " ".join(described)
    widget.attrs.pop("placeholder", None)  # a label stays visible, a placeholder does not
    group = isinstance(widget, forms.RadioSelect)  # and boxes of which several may be ticked
    if group:
        widget.attrs["class"] = classes  # of each button; the fieldset around them has none
    return {
        "field": bound,
        "label": gettext("E-mail") if bound.name in ("login", "email") else bound.label,
        "widget": bound.as_widget(attrs=attributes),
        "checkbox": checkbox,
        "group": group,
        "described": " ".join(described),
        "hidden": bound.is_hidden,
    }


@register.filter
def document(text: str) -> SafeString:
    """Show one of our documents inside a page; its headings begin below the page's own."""
    from nummer.faces.site.documents import as_html  # noqa: PLC0415 -- tags load before the app

    return as_html(text, top_heading=3)


@register.filter
def kind_name(kind: str) -> str:
    """Return what a kind of numbers is called."""
    names = {
        "local": gettext("Local number"),
        "mobile": gettext("Mobile number"),
        "national": gettext("National number"),
        "tollfree": gettext("Toll-free number"),
    }
    return names.get(kind, kind)


@register.filter
def at(found: Mapping[str, str], key: str) -> str:
    """Return what stands under a key; the key itself where nothing does."""
    return found.get(key, key)


@register.filter(name="clock")
def clock_face(seconds: int) -> str:
    """Show seconds left as minutes and seconds: 19:59."""
    return f"{seconds // 60}:{seconds % 60:02d}"


@register.filter
def inert(text: str) -> str:
    """Show a stranger's words without what could steer the page or the reader's eye."""
    return harmless(text)


@register.filter
def document_name(document: str) -> str:
    """Return the name of one of our documents in the reader's language."""
    names = {
        "terms": gettext("Terms of service"),
        "refund-policy": gettext("Refund policy"),
        "privacy-notice": gettext("Privacy notice"),
        "immediate-performance": gettext("Immediate performance and right of withdrawal"),
        "one-time-restrictions": gettext("Restrictions of one-time numbers"),
        "rented-number-restrictions": gettext("Restrictions of rented numbers"),
    }
    return names.get(document, document)


@register.filter(name="input")
def bare_input(bound: BoundField) -> SafeString:
    """Show only the box of a field; the template writes its label and errors."""
    attributes: dict[str, str | bool] = {
        "class": "input w-full" + (" input-error" if bound.errors else "")
    }
    if bound.errors:
        attributes["aria-describedby"] = f"{bound.id_for_label}_error"
    return bound.as_widget(attrs=attributes)


@register.filter
def sign_in_method(methods: str) -> str:
    """Return how somebody signed in: each step's name in the reader's language."""
    names = {
        "password": gettext("Password"),
        "code": gettext("Code"),
        "mfa": gettext("Second factor"),
        "google": "Google",
        "passkey": gettext("Passkey"),
        "recovery": gettext("Recovery code"),
        "smpp": gettext("SMPP, from an address that is not allowed"),
        "api": gettext("A call with a key, from an address that is not allowed"),
    }
    return " + ".join(names.get(method, method) for method in methods.split("+"))


@register.filter
def passkey_name(sealed: str) -> str:
    """Return a passkey's name as its owner wrote it."""
    return plain_name(sealed)


@register.simple_tag
def google_offered() -> bool:
    """Tell whether people can sign in with Google here."""
    return sign_in_provider() is not None
