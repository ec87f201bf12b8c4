"""The subjects of the project's runs."""

from __future__ import annotations

from django.db import models


class Order(models.Model):
    """An order with a note."""

    note = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.note
