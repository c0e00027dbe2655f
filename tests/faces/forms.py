"""The forms of a page as a browser would send them, every box ticked and each button once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

Fields = dict[str, list[str]]


@dataclass(slots=True)
class Form:
    """Where a form goes, and what stands in it; `buttons` are the ways to send it."""

    method: str
    action: str
    fields: Fields = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def sent(self) -> Iterator[Fields]:
        """Yield what each of its buttons would send."""
        for name, value in self.buttons or [("", "")]:
            yield {**self.fields, name: [value]} if name else self.fields


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._address = address
        self._form: Form | None = None
        self._writing = self._choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urlsplit(urljoin(f"http://here{self._address}", said.get("action", "")))
            self._form = Form(said.get("method", "get").lower(), action.path)
            self.found.append(self._form)
        elif self._form is not None:
            self._field(tag, said, self._form)

    def _field(self, tag: str, said: dict[str, str], form: Form) -> None:
        name, kind = said.get("name", ""), said.get("type", "text")
        if tag == "button" and name:
            form.buttons.append((name, said.get("value", "")))
        elif tag == "select":
            self._choosing = name
        elif tag == "option" and self._choosing:
            if said.get("value") and ("selected" in said or self._choosing not in form.fields):
                form.fields[self._choosing] = [said["value"]]
        elif tag == "textarea":
            self._writing = name
            form.fields[name] = [""]
        elif tag == "input" and name and kind not in {"file", "submit"}:
            value = said.get("value", "on" if kind == "checkbox" else "")
            if kind == "radio":
                form.fields[name] = [value]
            else:
                form.fields.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._writing and self._form is not None:
            self._form.fields[self._writing][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._writing = ""
        elif tag == "select":
            self._choosing = ""


def forms_of(page: str, *, at: str) -> list[Form]:
    """Return the forms of the page at an address."""
    reader = _Reader(at)
    reader.feed(page)
    return reader.found


def form_to(page: str, *, at: str, action: str = "") -> Fields:
    """Return what the form sends that goes to `action`, or to its page's own address."""
    return next(
        form.fields
        for form in forms_of(page, at=at)
        if form.method == "post" and form.action == (action or at)
    )
