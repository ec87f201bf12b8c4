"""Which names are those of secrets: by whole words of the name, never by a part of a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: A name with one of these words is secret, such as ``db_password`` and ``apiKey``; ``compass`` isn't.
_WORDS: Final = frozenset(
    {
        *("auth", "authorization", "oauth", "jwt", "token", "tokens", "key", "keys", "secret", "secrets"),
        *("pass", "password", "passwords", "passwd", "passphrase", "passcode", "pwd", "pin", "otp", "totp"),
        *("credential", "credentials", "creds", "signature", "signatures", "sig", "cvv", "cvc"),
        *("sessionid", "sessionkey"),
    }
)
#: So is a name with a word that begins or ends with one of these: ``apikey``, ``csrftoken``, ``dbpassword``.
_COMPOUND: Final = re.compile(
    r"(password|passwd|passphrase|(api|access|secret|private|auth|signing|encryption)keys?).*"
    r"|.*(tokens?|secrets?|passwords?|passwd|passphrase|apikeys?|credentials?)"
)
#: Names that are never secret, unless a setting lists them.
_OPEN_NAMES: Final = frozenset({"idempotency_key"})
_WORD = re.compile(r"[^\W_]+")
#: Where a word begins inside camel case, or next to a number: ``apiKey``, ``APIKey``, ``token2``.
_BETWEEN = re.compile(
    r"(?<=[^\W\dA-Z_])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\dA-Z_])|(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """The rule that says whether a field of a name is masked.

    ``masked`` and ``unmasked`` are names that always and never are, without regard to case and to how the
    words are joined. ``pattern`` is a host's own: it counts where it matches whole words.
    """

    masked: frozenset[str] = frozenset()
    unmasked: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None

    def hides(self, name: str, extra_words: frozenset[str] = frozenset()) -> bool:
        """Return whether the name is that of a secret, by the rule or by one of the further words."""
        return _is_hidden(self, name, extra_words)


@lru_cache(maxsize=4096)
def _is_hidden(rule: NameRule, name: str, extra_words: frozenset[str]) -> bool:
    words = split_name(name)
    joined = "_".join(words)
    if joined in {_join_words(one) for one in rule.unmasked}:
        return False
    if joined in {_join_words(one) for one in rule.masked}:
        return True
    if joined in _OPEN_NAMES:
        return False
    if any(word in _WORDS or word in extra_words or _COMPOUND.fullmatch(word) for word in words):
        return True
    return rule.pattern is not None and (
        _matches_words(rule.pattern, name) or _matches_words(rule.pattern, joined)
    )


def split_name(name: str) -> list[str]:
    """Return the words of a name, in lower case: ``APIKey``, ``api_key`` and ``Api-Key`` have the same."""
    return [word.lower() for part in _WORD.findall(name) for word in _BETWEEN.split(part)] or [name.lower()]


def _join_words(name: str) -> str:
    return "_".join(split_name(name))


def _matches_words(pattern: re.Pattern[str], name: str) -> bool:
    """Return whether the pattern matches a part of the name that begins and ends between words."""
    edges = {0, len(name)}
    for part in _WORD.finditer(name):
        inner = (part.start() + found.start() for found in _BETWEEN.finditer(part.group()))
        edges |= {part.start(), part.end(), *inner}
    ordered = sorted(edges)
    return any(
        pattern.fullmatch(name, begin, end) is not None
        for place, begin in enumerate(ordered)
        for end in ordered[place + 1 :]
    )


#: The rule without any setting.
DEFAULT_NAMES: Final = NameRule()
