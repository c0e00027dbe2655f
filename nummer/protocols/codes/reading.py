"""Reads many SMS: what one text said is remembered for those of the same form."""

from __future__ import annotations

from typing import Final

from nummer.protocols.codes.extract import span_of_code, taken
from nummer.protocols.codes.forms import Form, form_of
from nummer.protocols.codes.match import services_in, services_of_sender
from nummer.protocols.codes.pattern import Patterns
from nummer.protocols.codes.text import readable

# Some tens of services write a few sentences each in a few languages, which fits many times over;
# texts like no other fill the rest. Full, it is emptied: the common forms are back in no time.
FORMS_MAX: Final = 4_096


class Reading:
    """One SMS, read once and asked several things; it answers as the functions beside it do.

    What is kept of a text beyond it is a number made from its form with a key that each process
    draws anew (Python's hash of a str), its services and the place of its code: no word and no
    digit of it. Two forms get the same number once in 10^15 texts. Threads may share `patterns`.
    """

    __slots__ = ("_form", "_patterns", "_shown", "_text")

    def __init__(self, text: str, *, patterns: Patterns) -> None:
        self._text: Final = text
        self._patterns: Final = patterns
        self._shown: Final = readable(text)
        self._form: Final = _form(self._shown, patterns)

    def services(self, *, sender: str) -> frozenset[str]:
        """Return what `match_services` does."""
        services = self._form.services
        if services is None:
            services = self._form.services = services_in(self._shown, self._patterns)
        senders = services_of_sender(sender, self._patterns)
        return services | senders if senders else services

    def code(self, *, service: str) -> str | None:
        """Return what `extract_code` does with the pattern of a service, known or not."""
        pattern = self._patterns.templated.get(service)
        spans = self._form.spans
        key = "" if pattern is None else service
        span = spans.get(key)
        if span is None:
            span = span_of_code(self._shown, pattern)
            if pattern is None or not pattern.names_digits:
                spans[key] = span
        return taken(span, text=self._text, shown=self._shown)


def _form(shown: str, patterns: Patterns) -> Form:
    number = hash(shown if patterns.names_digits else form_of(shown))
    forms = patterns.forms
    form = forms.get(number)
    if form is None:
        if len(forms) >= FORMS_MAX:
            forms.clear()
        form = forms[number] = Form()
    return form
