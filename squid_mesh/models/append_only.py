"""Append-only rows: added once, deleted only together with their run, never changed."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

from squid_mesh.exceptions import AppendOnly

Row = TypeVar("Row", bound=models.Model)


class AppendOnlyRows(models.QuerySet[Row]):
    """A queryset that can't change or delete its rows."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Raise AppendOnly."""
        raise _error(self.model)

    def delete(self) -> NoReturn:
        """Raise AppendOnly."""
        raise _error(self.model)


class AppendOnlyManager(models.Manager[Row]):
    """Find and add rows."""

    def get_queryset(self) -> AppendOnlyRows[Row]:
        """Return the rows, for reading."""
        return AppendOnlyRows(self.model, using=self._db)


class AppendOnlyModel(models.Model):
    """A row that is written once.

    When a run or a user is deleted, Django's collector bypasses this and deletes or updates the rows.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises AppendOnly if it exists already."""
        if not self._state.adding:
            raise _error(type(self))
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise AppendOnly."""
        raise _error(type(self))


def _error(model: type[models.Model]) -> AppendOnly:
    name = model._meta.verbose_name
    return AppendOnly(f"A row of the history ({name}) can't be changed or deleted.", model=model._meta.label)
