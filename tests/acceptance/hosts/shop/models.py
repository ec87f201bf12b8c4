"""The subjects of the runs."""

from __future__ import annotations

from django.db import models


class Parcel(models.Model):
    """A parcel that a customer ordered."""

    label = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.label
