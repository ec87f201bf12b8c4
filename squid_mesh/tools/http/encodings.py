"""The encoding of a response's text, from what its ``Content-Type`` says."""

from __future__ import annotations

import codecs
from email.message import Message
from typing import Final

DEFAULT: Final = "utf-8"
#: Python's own: they run escapes, fail by design, depend on the machine, or encode host names. UTF-7 is left
#: out too, as browsers do: it hides ASCII in ASCII.
_NOT_OF_THE_WEB: Final = frozenset(
    {"utf_7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"}
)


def find_encoding(content_type: str) -> str:
    """Return the name of the encoding; UTF-8 if none is named, or one that isn't an encoding of texts."""
    header = Message()
    header["content-type"] = content_type
    try:
        found = codecs.lookup(header.get_content_charset() or DEFAULT)
        b"x".decode(found.name, errors="ignore")  # a LookupError if it doesn't decode to text
    except (LookupError, ValueError, TypeError):  # unknown, with a null character, malformed
        return DEFAULT
    return DEFAULT if found.name.replace("-", "_") in _NOT_OF_THE_WEB else found.name
