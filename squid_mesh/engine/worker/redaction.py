"""Masking the secrets that a step was given in the record of its failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from squid_mesh import conf
from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.values.carried import Carried, find_carried
from squid_mesh.definitions.values.embedded import mask_urls
from squid_mesh.definitions.values.paths import parse_paths, replace_at
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.store.values import Json
from squid_mesh.tools.secrets import MASK, Secrets

#: A serializer may have stored a secret inside another text, as in ``Bearer …``: words from that length on
#: are secrets of their own.
_LONG_WORD: Final = 8
#: The parts of an error that come from code, never from a value.
_FROM_CODE: Final = ("type", "code")


def find_given(arguments: Carried, memory: RunMemory, step: str) -> Carried:
    """Return the secrets that the step could see: those of its arguments, and those that mask its run."""
    found = arguments
    for value, paths in memory.list_secrets_for(step):
        stored = find_carried(value, paths)
        words = {word for text in stored.texts for word in text.split() if len(word) >= _LONG_WORD}
        found |= Carried(texts=stored.texts | words)
    return found


def find_secrets(arguments: Mapping[str, Any], memory: RunMemory, step: str, *more: Any) -> Secrets:
    """Return the secrets that the step could see, by the rules that mask its run on every page.

    They are values of secret types, values under a name that the settings or Django mask, and what a payload
    or an output holds as secret, even if the step's own parameter doesn't. ``more`` are values that the step
    made: the one that it returned, the details of its error.
    """
    values = [value for value in arguments.values() if not isinstance(value, StepContext)]
    texts = set(find_given(find_carried(values), memory, step).texts)
    hides = conf.masked_name_rule().hides
    for value in (arguments, memory.state_for(step).state, *more):
        texts |= find_carried(value, hides=hides).texts
    found = Secrets()
    for text in texts:
        found.add(text)
    return found


def redact_error(error: Mapping[str, Any], secrets: Secrets) -> Mapping[str, Any]:
    """Return the error with the secrets masked in its texts."""
    return {key: item if key in _FROM_CODE else redact(item, secrets) for key, item in error.items()}


def redact_carried(value: Json, carried: Carried) -> Json:
    """Return the value with the secrets masked that stand in it, or of which it has copies."""
    secrets = Secrets()
    for text in carried.texts:
        secrets.add(text)
    hidden = replace_at(value, parse_paths(carried.places), lambda name: False, MASK)
    return redact(hidden, secrets)


def redact(value: Json, secrets: Secrets) -> Json:
    """Return the value with the secrets masked in its texts and numbers."""
    if isinstance(value, dict):
        return {secrets.mask_shortened(key): redact(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item, secrets) for item in value]
    if value is None or isinstance(value, bool):
        return value
    shown = secrets.mask_shortened(str(value))
    if "://" in shown:
        shown = mask_urls(shown, conf.masked_name_rule().hides, MASK)
    return value if shown == str(value) else shown
