"""Masking secrets: one function for every place that shows the data of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from django.views.debug import SafeExceptionReporterFilter

from squid_mesh import conf
from squid_mesh.definitions.values.paths import Path, parse_paths, replace_at
from squid_mesh.models import Unreadable
from squid_mesh.models.stored_json import UnreadableObject

MASK = SafeExceptionReporterFilter.cleansed_substitute


def _why_unreadable(value: Unreadable) -> Any:
    """Return what to show in its place: an error says it itself."""
    if isinstance(value, UnreadableObject):
        return dict(value) or {"unreadable": value.problem}
    return []


class Mask(Protocol):
    """How the data of a run is shown: :func:`masked`, or :func:`unmasked` for people who may see secrets."""

    def __call__(self, value: Any, paths: Iterable[str | Path] = (), /) -> Any:
        """Return the value to show."""


def unmasked(value: Any, paths: Iterable[str | Path] = (), /) -> Any:
    """Return the value as it is; where it can't be read, why."""
    return _why_unreadable(value) if isinstance(value, Unreadable) else value


def hides(name: str) -> bool:
    """Return whether a field of that name is always masked, by Django's rules or the settings."""
    return conf.masked_name_rule().hides(name)


def masked(value: Any, paths: Iterable[str | Path] = (), /) -> Any:
    """Return a copy with its secrets replaced: fields with secret names, and the values at the paths.

    A path is dotted, or a list of its parts; see :mod:`squid_mesh.definitions.values.paths`. Of a stored
    value that can't be read, the copy says why.
    """
    if isinstance(value, Unreadable):
        return _why_unreadable(value)
    return replace_at(value, parse_paths(paths), conf.masked_name_rule().hides, MASK)
