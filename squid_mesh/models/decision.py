"""Votes at approvals: one row per person and visit of a step. Append-only."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.models.append_only import AppendOnlyManager, AppendOnlyModel
from squid_mesh.models.exact_text import USER_KEY_LENGTH, ExactCharField
from squid_mesh.models.step import StepRun
from squid_mesh.models.stored_json import Shape, StoredJSONField
from squid_mesh.models.utc_times import UtcDateTimeField


class Decision(AppendOnlyModel):
    """One person's vote. ``actor_key`` is the user's primary key as text, as in an audit event."""

    id = models.BigAutoField(primary_key=True)
    step = models.ForeignKey(
        StepRun, on_delete=models.CASCADE, related_name="decisions", verbose_name=_("step")
    )
    exit = ExactCharField(_("exit"), max_length=100)
    actor_key = ExactCharField(_("actor's key"), max_length=USER_KEY_LENGTH)
    actor_text = ExactCharField(_("actor"), max_length=200)
    comment = models.TextField(_("comment"), blank=True, default="")
    data = StoredJSONField(_("data"), shape=Shape.ANY, null=True, blank=True)
    secrets = StoredJSONField(_("secrets"), shape=Shape.PATHS, null=True, blank=True)
    created_at = UtcDateTimeField(_("created at"))

    objects: ClassVar[AppendOnlyManager[Self]] = AppendOnlyManager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        default_permissions = ("view",)
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("step", "actor_key"), name="squid_mesh_decision_once"),
        )

    def __str__(self) -> str:
        return f"{self.exit} ({self.actor_text})"
