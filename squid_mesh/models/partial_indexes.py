"""Models with indexes that are partial where the database can, and whole where it can't."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.core.checks import CheckMessage
from django.db import models

#: MariaDB and MySQL ignore an index's condition. The whole index serves the same queries, with more entries.
_IGNORED_CONDITION: Final = "models.W037"


class PartialIndexModel(models.Model):
    """A model whose partial indexes may become whole ones. Its check doesn't warn of that."""

    class Meta:
        abstract: ClassVar[bool] = True

    @classmethod
    def check(cls, **options: Any) -> list[CheckMessage]:
        """Return Django's messages about the model without those about conditions that are ignored."""
        return [message for message in super().check(**options) if message.id != _IGNORED_CONDITION]
