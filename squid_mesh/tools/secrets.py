"""Keeping secrets out of what a tool says: what looks secret, and a register of the secrets of one call."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, Secret, SecretBytes, SecretStr

#: What stands in a secret's place, everywhere; Django's pages have the same.
MASK: Final = "********************"
SECRET_TYPES: Final = (SecretStr, SecretBytes, Secret)

#: A name that has one of these in it names a secret: ``client_secret``, ``XAuthToken``, ``Set-Cookie``.
_PARTS = re.compile(
    r"token|secret|passw|passphrase|api_?-?key|credential|cookie|signature|authoriz|bearer|session|csrf", re.I
)
#: So does one that has one of these as a word, but not ``author``, ``monkey`` or ``design``.
_WORDS = frozenset({"auth", "key", "keys", "pass", "pin", "pwd", "sig", "otp", "cvv", "cvc"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: Names that are meant to be read all the same.
_OPEN_NAMES = frozenset({"idempotency-key", "idempotency_key"})
#: A word of letters and digits that nobody would write by hand.
_KEY = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_\-.~+=:%]{20,}")
#: Shorter ones are hidden where they stand as words: as parts they are in many others. A single character is
#: in every text, and isn't hidden at all.
_LONG: Final = 4
_SHORTEST: Final = 2


def is_secret_name(name: str) -> bool:
    """Whether a header, parameter or field of that name is likely to hold a secret."""
    if name.lower() in _OPEN_NAMES:
        return False
    words = {word.lower() for word in _WORD.findall(name)}
    return bool(words & _WORDS) or _PARTS.search(name) is not None


def resembles_key(word: str) -> bool:
    """Whether a part of an address is likely to be a key: long, of letters and digits."""
    return _KEY.fullmatch(word) is not None


def reveal(value: Any) -> Any:
    """The value with its secrets in plain, in mappings, lists, models and dataclasses too."""
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
    """The secrets of one call. Its ``repr`` has none of them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {name.lower() for name in names}
        self._known: set[str] = set()

    def __len__(self) -> int:
        return len(self._known)

    def named(self, name: object) -> bool:
        """Whether what stands under that name is secret: it looks so, or was given as one."""
        text = str(name)
        return text.lower() in self._names or is_secret_name(text)

    def add(self, secret: str) -> None:
        """Remember a secret, so that no text tells it."""
        if len(secret) >= _SHORTEST and secret.strip("*"):  # stars are what masks are made of
            self._known.add(secret)

    def learn(self, value: Any) -> bool:
        """Remember the secrets in a value: secret types, and what stands under secret names.

        Returns whether there was one.
        """
        return self._learn(value, named=False)

    def _learn(self, value: Any, *, named: bool) -> bool:
        if isinstance(value, SECRET_TYPES):
            return self._learn(value.get_secret_value(), named=True)
        if isinstance(value, BaseModel):
            return self._learn(value.model_dump(by_alias=True), named=named)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return self._learn(members, named=named)
        if isinstance(value, Mapping):
            return _any(self._learn(item, named=named or self.named(key)) for key, item in value.items())
        if isinstance(value, list | tuple | set | frozenset):
            return _any(self._learn(item, named=named) for item in value)
        if named and value is not None:
            self.add(value.decode(errors="replace") if isinstance(value, bytes) else str(value))
            return True
        return False

    def hide(self, text: str) -> str:
        """The text without the secrets, as they are or quoted as in URLs, forms and JSON."""
        for form in _forms(secret for secret in self._known if len(secret) >= _LONG):
            text = text.replace(form, MASK)
        for form in _forms(secret for secret in self._known if len(secret) < _LONG):
            text = re.sub(_as_a_word(form), MASK, text)
        return text

    def masked(self, value: Any) -> Any:
        """A JSON value without the secrets: by name, and those known wherever they stand."""
        if isinstance(value, Mapping):
            return {
                self.hide(str(key)): MASK if item is not None and self.named(key) else self.masked(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.masked(item) for item in value]
        if value is None or isinstance(value, bool):
            return value
        shown = self.hide(str(value))
        return value if shown == str(value) else shown


def _any(outcomes: Iterable[bool]) -> bool:
    """Whether one is true, looking at all of them."""
    return sum(outcomes) > 0


def _forms(secrets: Iterable[str]) -> list[str]:
    """The ways that they are written, the longest first."""
    return sorted({form for secret in secrets for form in _written(secret)}, key=len, reverse=True)


def _as_a_word(form: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", form) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", form) else ""
    return f"{before}{re.escape(form)}{after}"


def _written(secret: str) -> set[str]:
    """The ways a secret is written down."""
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
