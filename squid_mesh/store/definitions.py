"""Stored definitions. They never change, so a process reads each once."""

from __future__ import annotations

from functools import lru_cache

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.models import Definition


@lru_cache(maxsize=512)
def read_blueprint(fingerprint: str, using: str) -> Blueprint:
    """Return the stored definition with that fingerprint."""
    stored = Definition.objects.using(using).values_list("blueprint", flat=True)
    return Blueprint.model_validate(stored.get(pk=fingerprint))
