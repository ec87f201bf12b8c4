"""Masking secrets: one function for every place that shows the data of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.views.debug import SafeExceptionReporterFilter

from squid_mesh import conf

MASK = SafeExceptionReporterFilter.cleansed_substitute


class Mask(Protocol):
    """How the data of a run is shown: :func:`masked`, or :func:`unmasked` for people who may see secrets."""

    def __call__(self, value: Any, paths: Iterable[str] = (), /) -> Any:
        """Return the value to show."""


def unmasked(value: Any, paths: Iterable[str] = (), /) -> Any:
    """Return the value as it is."""
    return value


def hides(name: str) -> bool:
    """Return whether a field of that name is always masked, by Django's rules or the settings."""
    return conf.masked_name_rule()(name)


def masked(value: Any, paths: Iterable[str] = (), /) -> Any:
    """Return a copy with the secrets replaced: fields with secret-looking names, and those at the paths.

    A path is field names joined by dots; ``*`` matches every member of a list or mapping.
    """
    return _mask(value, [path.split(".") for path in paths], conf.masked_name_rule())


def _mask(value: Any, paths: list[list[str]], hides: Callable[[str], bool]) -> Any:
    if any(path in ([""], []) for path in paths):
        return None if value is None else MASK
    if isinstance(value, dict):
        return {
            key: MASK if item is not None and hides(key) else _mask(item, _below(paths, key), hides)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_mask(item, _below(paths, "*"), hides) for item in value]
    return value


def _below(paths: list[list[str]], key: str) -> list[list[str]]:
    return [path[1:] for path in paths if path and path[0] in (key, "*")]
