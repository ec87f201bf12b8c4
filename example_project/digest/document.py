"""The bytes of a feed as text that a parser accepts: decoded, and without what XML forbids."""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
#: Encodings in the web's sense: Python has others, which turn text into something else.
_ENCODING: Final = re.compile(
    r"utf[-_]?(8|16|32)([-_]?[lb]e)?|(us-)?ascii|(iso|windows|cp|koi8|gb|big5|euc|shift|mac|latin).*"
)
_UTF8_WORD: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
#: Characters that no XML document may contain.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE: Final = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")
_ENTITY: Final = re.compile(r"""<!ENTITY\s+(%\s+)?([\w:.-]+)\s+("[^"<>]*"|'[^'<>]*'|[^<>"']*)[^<>]*>""")
_LONGEST_ENTITY: Final = 40


def decode_feed(document: bytes, content_type: str = "") -> str:
    """Return the document as text without an XML declaration.

    The encoding is that of the byte order mark, else of the content type, else of the XML declaration, else
    UTF-8. What it can't decode costs those bytes alone. Characters that XML forbids are left out, written as
    such or as references. So are declared entities that are long or that contain others: a few lines of these
    can grow to gigabytes.
    """
    text = _DECLARATION.sub("", _decode(document, content_type), count=1)
    text = _REFERENCE.sub(_keep_valid_reference, _FORBIDDEN.sub("", text))
    return _ENTITY.sub(_keep_short_entity, text)


def _decode(document: bytes, content_type: str) -> str:
    for mark, encoding in _BOMS:
        if document.startswith(mark):
            return document.decode(encoding, "replace")
    for encoding in (_named_encoding(content_type), _declared_encoding(document), "utf-8"):
        try:
            if encoding and _ENCODING.fullmatch(encoding.lower()):
                return document.decode(encoding)
        except (LookupError, ValueError):
            continue  # unknown, or wrong
    if _UTF8_WORD.search(document):
        return document.decode("utf-8", "replace")
    return document.decode("cp1252", "replace")


def _named_encoding(content_type: str) -> str:
    header = Message()
    header["Content-Type"] = content_type or "text/xml"
    return str(header.get_param("charset", "") or "")


def _declared_encoding(document: bytes) -> str:
    if document[:4] in (b"<\x00?\x00", b"\x00<\x00?"):
        return "utf-16-le" if document[:1] == b"<" else "utf-16-be"
    found = _DECLARED.match(document)
    return found.group(1).decode("ascii") if found else ""


def _keep_valid_reference(found: re.Match[str]) -> str:
    hexadecimal, decimal = found.groups()
    digits = (hexadecimal or decimal).lstrip("0")
    if len(digits) > 7:
        return ""
    number = int(digits or "0", 16 if hexadecimal else 10)
    valid = number <= 0x10FFFF and not _FORBIDDEN.match(chr(number))
    return found.group() if valid else ""


def _keep_short_entity(found: re.Match[str]) -> str:
    name, value = found.group(2), found.group(3)[1:-1]
    quoted = found.group(3)[:1] in {"'", '"'} and not found.group(1)
    plain = len(value) <= _LONGEST_ENTITY and not re.search(r"&(?!#)|[%\"]", value)
    return f'<!ENTITY {name} "{value}">' if quoted and plain else ""
