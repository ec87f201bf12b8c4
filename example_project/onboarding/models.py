"""The customers of the news desk."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """A company that has signed up to read the news."""

    class Plan(models.TextChoices):
        """What the customer pays for. Premium customers get a personal editor."""

        STANDARD = "standard"
        PREMIUM = "premium"

    class Account(models.TextChoices):
        """What the customer may read."""

        NONE = "none"
        TRIAL = "trial"
        FULL = "full"

    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2, help_text="ISO 3166 code, such as GB.")
    plan = models.CharField(max_length=10, choices=Plan, default=Plan.STANDARD)
    account = models.CharField(max_length=10, choices=Account, default=Account.NONE)
    editor = models.CharField(max_length=100, blank=True)
    note_to_support = models.CharField(max_length=200, blank=True)
    registry_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name
