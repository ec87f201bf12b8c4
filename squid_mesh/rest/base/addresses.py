"""The part of an address that names a run."""

from __future__ import annotations

from uuid import UUID

from django.urls.converters import StringConverter


class RunIdConverter(StringConverter):
    """A run's ID. The view gets any other text, too, and responds with a typed error."""

    def to_python(self, value: str) -> UUID | str:  # type: ignore[override]
        """Return the ID, or the text if it isn't one."""
        try:
            return UUID(value)
        except ValueError:
            return value
