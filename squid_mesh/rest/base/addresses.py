"""The part of an address that names a run."""

from __future__ import annotations

from uuid import UUID

from django.urls.converters import StringConverter


class RunIdConverter(StringConverter):
    """A run's id. A text that is none reaches the view, which answers with an error as all errors are."""

    def to_python(self, value: str) -> UUID | str:  # type: ignore[override]
        """Return the id, or the text if it is none."""
        try:
            return UUID(value)
        except ValueError:
            return value
