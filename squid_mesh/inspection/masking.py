"""Hiding secrets: one function for every place that shows what a run holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.views.debug import SafeExceptionReporterFilter

from squid_mesh import conf

MASK = SafeExceptionReporterFilter.cleansed_substitute


class Mask(Protocol):
    """How what a run holds is shown: :func:`masked`, or :func:`unmasked` for those who may see it all."""

    def __call__(self, value: Any, paths: Iterable[str] = (), /) -> Any:
        """The value, to show."""


def unmasked(value: Any, paths: Iterable[str] = (), /) -> Any:
    """All of it."""
    return value


def hides(name: str) -> bool:
    """Whether a field of that name is masked wherever it stands: Django says so, or the settings."""
    return conf.masked_name_rule()(name)


def masked(value: Any, paths: Iterable[str] = (), /) -> Any:
    """A copy with its secrets replaced: fields of secret-looking names, and those at the paths.

    A path names fields with dots between them; ``*`` stands for every member of a list or mapping.
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
