"""Secrets of tool calls: which names are secret, and a register that masks the secrets of one call."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, Secret, SecretBytes, SecretStr

from squid_mesh.tools.names import DEFAULT_NAMES, NameRule

#: Replaces every secret. Django's error pages use the same text.
MASK: Final = "********************"
SECRET_TYPES: Final = (SecretStr, SecretBytes, Secret)

#: Further words that make a header or a parameter secret: ``Set-Cookie``, ``X-Session``.
_HTTP_WORDS: Final = frozenset(
    {"cookie", "cookies", "bearer", "session", "csrf", "xsrf", "csrfmiddlewaretoken"}
)
#: A long word of letters and digits, as no person writes it.
_KEY = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_\-.~+=:%]{20,}")
#: Shorter secrets are only masked as whole words, because they occur inside many words.
_LONG: Final = 4
#: A single character is never masked, because every text contains it.
_SHORTEST: Final = 2
#: Where a text was cut: at its ends, and where it was shortened, as pydantic and ``reprlib`` do.
_CUT: Final = re.compile(r"\A|\.\.\.|\N{HORIZONTAL ELLIPSIS}|\Z")
#: The shortest line of a secret with several lines that is masked alone.
_SHORTEST_LINE: Final = 8
#: The shortest part of a secret that is masked next to a cut.
_SHORTEST_PART: Final = 6


def is_secret_name(name: str, rule: NameRule = DEFAULT_NAMES) -> bool:
    """Whether a header, parameter or field of that name probably contains a secret."""
    return rule.hides(name, _HTTP_WORDS)


def resembles_key(word: str) -> bool:
    """Whether a part of a URL is probably a key: long, with letters and digits."""
    return _KEY.fullmatch(word) is not None


def reveal(value: Any) -> Any:
    """Return the value with its secrets in plain text, inside mappings, lists and models as well."""
    if isinstance(value, SECRET_TYPES):
        return reveal(value.get_secret_value())
    if isinstance(value, BaseModel):
        return reveal(value.model_dump(by_alias=True))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: reveal(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: reveal(member) for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [reveal(member) for member in value]
    return value


class Secrets:
    """The secrets of one call. Its ``repr`` doesn't show them.

    ``names`` are further names of secrets, or the rule for names.
    """

    def __init__(self, names: Iterable[str] | NameRule = ()) -> None:
        self._rule = names if isinstance(names, NameRule) else NameRule(masked=frozenset(names))
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def __len__(self) -> int:
        return len(self._known)

    def has_name(self, name: object) -> bool:
        """Whether values of that name are secret: by :func:`is_secret_name` or by the constructor's names."""
        return is_secret_name(str(name), self._rule)

    def add(self, secret: str) -> None:
        """Register a secret, so that it is masked."""
        if len(secret) >= _SHORTEST and secret.strip("*"):  # a mask consists of stars
            self._known.add(secret)
            self._pattern = None

    def add_from(self, value: Any) -> bool:
        """Register the secrets in a value: secret types, and the values of secret names.

        Returns True if there was one.
        """
        return self._add_from(value, is_secret=False)

    def _add_from(self, value: Any, *, is_secret: bool) -> bool:
        if isinstance(value, SECRET_TYPES):
            return self._add_from(value.get_secret_value(), is_secret=True)
        if isinstance(value, BaseModel):
            return self._add_from(value.model_dump(by_alias=True), is_secret=is_secret)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return self._add_from(members, is_secret=is_secret)
        if isinstance(value, Mapping):
            return _any(
                self._add_from(item, is_secret=is_secret or self.has_name(key)) for key, item in value.items()
            )
        if isinstance(value, list | tuple | set | frozenset):
            return _any(self._add_from(item, is_secret=is_secret) for item in value)
        if is_secret and value is not None:
            self.add(value.decode(errors="replace") if isinstance(value, bytes) else str(value))
            return True
        return False

    def mask_text(self, text: str) -> str:
        """Return the text with the secrets masked, also if they are quoted for URLs, forms or JSON."""
        if self._pattern is None:
            self._pattern = _compile(self._known)
        return self._pattern.sub(MASK, text) if self._known else text

    def mask_shortened(self, text: str) -> str:
        """Return the text as :meth:`mask_text` does, with the parts of secrets masked that a cut left.

        Errors shorten the values that they show: ``input_value='eyJhbGciOi...kpXVCJ9'``.
        """
        shown = self.mask_text(text)
        forms = (form for form in _list_forms(self._known) if len(form) > _SHORTEST_PART)
        parts = [one for one in forms if one[:_SHORTEST_PART] in shown or one[-_SHORTEST_PART:] in shown]
        return _mask_at_cuts(shown, parts) if parts else shown

    def mask_json(self, value: Any) -> Any:
        """Return a JSON value with the values of secret names and the known secrets masked."""
        if isinstance(value, Mapping):
            return {
                self.mask_text(str(key)): MASK
                if item is not None and self.has_name(key)
                else self.mask_json(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.mask_json(item) for item in value]
        if value is None or isinstance(value, bool):
            return value
        shown = self.mask_text(str(value))
        return value if shown == str(value) else shown


def _any(outcomes: Iterable[bool]) -> bool:
    """Whether one is true. Evaluates all of them."""
    return sum(outcomes) > 0


def _compile(secrets: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the secrets' written forms, the longest first."""
    long = [re.escape(form) for form in _list_forms(one for one in secrets if len(one) >= _LONG)]
    short = [_word_pattern(form) for form in _list_forms(one for one in secrets if len(one) < _LONG)]
    return re.compile("|".join([*long, *short]))


def _list_forms(secrets: Iterable[str]) -> list[str]:
    """Return the written forms of the secrets, longest first."""
    return sorted({form for secret in secrets for form in _quote_secret(secret)}, key=len, reverse=True)


def _mask_at_cuts(text: str, forms: Iterable[str]) -> str:
    """Return the text without the beginnings of the forms before a cut, and their ends after one."""
    shown: list[str] = []
    done = 0
    for cut in _CUT.finditer(text):
        if cut.start() < done:  # inside of an end that is masked
            continue
        begin = min(_find_beginning(text, done, cut.start(), form) for form in forms)
        shown += [text[done:begin], MASK if begin < cut.start() else "", cut.group()]
        done = max(_find_end(text, cut.end(), form) for form in forms)
        shown.append(MASK if done > cut.end() else "")
    return "".join([*shown, text[done:]])


def _find_beginning(text: str, start: int, cut: int, form: str) -> int:
    """Return where the longest beginning of the form before the cut starts; the cut if there is none."""
    at = text.find(form[:_SHORTEST_PART], max(start, cut - len(form)), cut)
    while at >= 0:
        if form.startswith(text[at:cut]):
            return at
        at = text.find(form[:_SHORTEST_PART], at + 1, cut)
    return cut


def _find_end(text: str, cut: int, form: str) -> int:
    """Return where the longest end of the form after the cut ends; the cut if there is none."""
    at = text.rfind(form[-_SHORTEST_PART:], cut, cut + len(form))
    while at >= 0:
        end = at + _SHORTEST_PART
        if form.endswith(text[cut:end]):
            return end
        at = text.rfind(form[-_SHORTEST_PART:], cut, end - 1)
    return cut


def _word_pattern(form: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", form) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", form) else ""
    return f"{before}{re.escape(form)}{after}"


def _quote_secret(secret: str) -> set[str]:
    """Return the written forms of a secret. Its lines count too: a traceback may indent each of them."""
    lines = [line.strip() for line in secret.splitlines()]
    return {
        secret,
        *(line for line in lines if len(line) >= _SHORTEST_LINE),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        repr(secret.encode(errors="replace"))[2:-1],
        html.escape(secret),
    }
