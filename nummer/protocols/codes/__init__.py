"""Reads codes out of SMS: which service wrote, what its code is, whose activation it belongs to.

Pure functions over one text. None of them raises on any text, none takes more than linear time,
and a code that is returned stands in the text exactly as it was written there.
"""

from nummer.protocols.codes.belonging import belongs_to, chosen_of
from nummer.protocols.codes.extract import extract_code
from nummer.protocols.codes.kind import CodeKind, code_kind
from nummer.protocols.codes.match import match_services
from nummer.protocols.codes.pattern import Patterns, ServicePattern, service_pattern
from nummer.protocols.codes.reading import Reading

__all__ = (
    "CodeKind",
    "Patterns",
    "Reading",
    "ServicePattern",
    "belongs_to",
    "chosen_of",
    "code_kind",
    "extract_code",
    "match_services",
    "service_pattern",
)
