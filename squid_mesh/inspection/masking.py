"""Hiding secrets: one function for every place that shows what a run holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from django.views.debug import SafeExceptionReporterFilter

from squid_mesh import conf
from squid_mesh.definitions.values.paths import Path, parse_paths, replace_at

MASK = SafeExceptionReporterFilter.cleansed_substitute


class Mask(Protocol):
    """How what a run holds is shown: :func:`masked`, or :func:`unmasked` for those who may see it all."""

    def __call__(self, value: Any, paths: Iterable[str | Path] = (), /) -> Any:
        """The value, to show."""


def unmasked(value: Any, paths: Iterable[str | Path] = (), /) -> Any:
    """All of it."""
    return value


def hides(name: str) -> bool:
    """Whether a field of that name is masked wherever it stands: Django says so, or the settings."""
    return conf.masked_name_rule().hides(name)


def masked(value: Any, paths: Iterable[str | Path] = (), /) -> Any:
    """Return a copy with its secrets replaced: fields of secret names, and what stands at the paths.

    A path is dotted, or a list of its parts; see :mod:`squid_mesh.definitions.values.paths`.
    """
    return replace_at(value, parse_paths(paths), conf.masked_name_rule().hides, MASK)
