"""Rows that are history: they are added, and go with their run; nothing changes or deletes them by hand."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

from squid_mesh.exceptions import AppendOnly

Row = TypeVar("Row", bound=models.Model)


class AppendOnlyRows(models.QuerySet[Row]):
    """A queryset that doesn't change its rows."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Never."""
        raise _refusal(self.model)

    def delete(self) -> NoReturn:
        """Never."""
        raise _refusal(self.model)


class AppendOnlyManager(models.Manager[Row]):
    """Finds and adds rows."""

    def get_queryset(self) -> AppendOnlyRows[Row]:
        """The rows, to look at."""
        return AppendOnlyRows(self.model, using=self._db)


class AppendOnlyModel(models.Model):
    """A row that is written once.

    Django's collector goes around this where a run is deleted, with all that is its, or an account.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; never change one."""
        if not self._state.adding:
            raise _refusal(type(self))
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise _refusal(type(self))


def _refusal(model: type[models.Model]) -> AppendOnly:
    name = model._meta.verbose_name
    return AppendOnly(f"A row of the history ({name}) is never changed or deleted.", model=model._meta.label)
