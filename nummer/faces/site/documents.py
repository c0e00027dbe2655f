"""Our own documents as pages: the small part of Markdown that they are written in.

Everything is escaped first, so nothing in a text can become markup that is not named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_HEADING: Final = re.compile(r"(#{1,4}) +(.+)")
_BULLET: Final = re.compile(r"[-*] +(.+)")
_NUMBERED: Final = re.compile(r"\d+[.)] +(.+)")
_RULE_OF_TABLE: Final = re.compile(r"\|[-| :]+\|")
_CLAUSE: Final = re.compile(r"\*\*([A-Z]+-[A-Za-z0-9.]*[A-Za-z0-9])\.")
_INLINE: Final = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)"), r"<em>\1</em>"),
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\[([^\]]+)\]\((/[^\s)]*|#[^\s)]*)\)"), r'<a href="\2">\1</a>'),
    (
        re.compile(r"\[([^\]]+)\]\((https://[^\s)]+|mailto:[^\s)]+)\)"),
        r'<a href="\2" rel="noopener noreferrer external">\1</a>',
    ),
)


def as_html(text: str, *, top_heading: int = 1) -> SafeString:
    """Return the text as HTML; its highest heading becomes h`top_heading`."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return mark_safe(  # noqa: S308 -- each block was escaped in _inline
        "\n".join(part for block in blocks for part in _block(block, top_heading))
    )


def passages(text: str) -> list[str]:
    """Return headings, list items, rows and paragraphs of a text, each on one line."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return [line for block in blocks for line in _joined(block)]


def kind_of(passage: str) -> str:
    """Return what a passage is: heading, bullet, numbered, row or text."""
    return _kind(passage)


def _block(block: str, top: int) -> Iterator[str]:
    """Render one block: lines of one kind that follow one another belong together."""
    lines = _joined(block)
    for kind, group in groupby(lines, key=_kind):
        yield from _RENDER[kind](list(group), top)


def _joined(block: str) -> list[str]:
    """Put a list item's or a paragraph's continued lines on one line."""
    lines: list[str] = []
    for line in block.split("\n"):
        continues = lines and _kind(line.strip()) == "text" and _kind(lines[-1]) != "heading"
        if continues:
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line.strip())
    return lines


def _kind(line: str) -> str:
    if _HEADING.fullmatch(line):
        return "heading"
    if _BULLET.fullmatch(line):
        return "bullet"
    if _NUMBERED.fullmatch(line):
        return "numbered"
    return "row" if line.startswith("|") and line.endswith("|") else "text"


def _headings(lines: list[str], top: int) -> Iterator[str]:
    for line in lines:
        found = _HEADING.fullmatch(line)
        assert found is not None, "the kind was found by the same pattern"
        level = min(len(found[1]) - 1 + top, 6)
        yield f"<h{level}>{_inline(found[2])}</h{level}>"


def _list(tag: str, pattern: re.Pattern[str]) -> Callable[[list[str], int], Iterator[str]]:
    def rendered(lines: list[str], _top: int) -> Iterator[str]:
        items = "".join(f"<li>{_inline(_content(pattern, line))}</li>" for line in lines)
        yield f"<{tag}>{items}</{tag}>"

    return rendered


def _content(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.fullmatch(line)
    assert found is not None, "the kind was found by the same pattern"
    return found[1]


def _table(lines: list[str], _top: int) -> Iterator[str]:
    rows = [line for line in lines if not _RULE_OF_TABLE.fullmatch(line)]
    head, *body = [[_inline(cell.strip()) for cell in row.strip("|").split("|")] for row in rows]
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
    yield f'<div class="overflow-x-auto"><table><thead><tr>{top}</tr></thead>'
    yield f"<tbody>{rest}</tbody></table></div>"


def _paragraph(lines: list[str], _top: int) -> Iterator[str]:
    text = " ".join(lines)
    clause = _CLAUSE.match(text)
    anchor = f' id="{clause[1]}"' if clause else ""  # so that a decision can point at its words
    yield f"<p{anchor}>{_inline(text)}</p>"


_RENDER: Final[dict[str, Callable[[list[str], int], Iterator[str]]]] = {
    "heading": _headings,
    "bullet": _list("ul", _BULLET),
    "numbered": _list("ol", _NUMBERED),
    "row": _table,
    "text": _paragraph,
}


def _inline(text: str) -> str:
    shown = str(conditional_escape(text))
    for pattern, replacement in _INLINE:
        shown = pattern.sub(replacement, shown)
    return shown
