"""The subjects of the project's runs."""

from __future__ import annotations

from django.db import models


class Order(models.Model):
    """An order with a note."""

    note = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.note


class Receipt(models.Model):
    """A row of the host's that keeps a run, or one of its rows, from being deleted.

    Without constraints in the database: an app without migrations gets its tables before ours exist.
    """

    run = models.ForeignKey(
        "squid_mesh.Run", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    replay = models.ForeignKey(
        "squid_mesh.Run", models.RESTRICT, null=True, related_name="+", db_constraint=False
    )
    step = models.ForeignKey(
        "squid_mesh.StepRun", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    attempt = models.ForeignKey(
        "squid_mesh.Attempt", models.RESTRICT, null=True, related_name="+", db_constraint=False
    )
    definition = models.ForeignKey(
        "squid_mesh.Definition", models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class Bookmark(models.Model):
    """A row of the host's that is deleted with its step."""

    step = models.ForeignKey("squid_mesh.StepRun", models.CASCADE, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"bookmark {self.pk}"
