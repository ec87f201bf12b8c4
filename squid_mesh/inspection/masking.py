"""Masking secrets: one function for every place that shows the data of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from django.views.debug import SafeExceptionReporterFilter

from squid_mesh import conf
from squid_mesh.definitions.values.paths import Path, parse_paths, replace_at

MASK = SafeExceptionReporterFilter.cleansed_substitute


class Mask(Protocol):
    """How the data of a run is shown: :func:`masked`, or :func:`unmasked` for people who may see secrets."""

    def __call__(self, value: Any, paths: Iterable[str | Path] = (), /) -> Any:
        """Return the value to show."""


def unmasked(value: Any, paths: Iterable[str | Path] = (), /) -> Any:
    """Return the value as it is."""
    return value


def hides(name: str) -> bool:
    """Return whether a field of that name is always masked, by Django's rules or the settings."""
    return conf.masked_name_rule().hides(name)


def masked(value: Any, paths: Iterable[str | Path] = (), /) -> Any:
    """Return a copy with its secrets replaced: fields with secret names, and the values at the paths.

    A path is dotted, or a list of its parts; see :mod:`squid_mesh.definitions.values.paths`.
    """
    return replace_at(value, parse_paths(paths), conf.masked_name_rule().hides, MASK)
