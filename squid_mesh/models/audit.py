"""Audit events: what a person or the engine decided about a run. Append-only."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.models.append_only import AppendOnlyManager, AppendOnlyModel
from squid_mesh.models.exact_text import USER_KEY_LENGTH, ExactCharField
from squid_mesh.models.run import Run
from squid_mesh.models.stored_json import Shape, StoredJSONField
from squid_mesh.models.utc_times import UtcDateTimeField


class AuditEvent(AppendOnlyModel):
    """One event. ``actor_key`` is the user's primary key as text; it is empty if no user acted.

    It is no foreign key: users may be in another database, and the history outlives their accounts.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(
        Run,
        on_delete=models.CASCADE,
        related_name="events",
        db_index=False,  # the unique constraint starts with it
        verbose_name=_("run"),
    )
    sequence = models.PositiveIntegerField(_("sequence"))
    type = ExactCharField(_("type"), max_length=40)
    step = ExactCharField(_("step"), max_length=100, blank=True, default="")
    actor_key = ExactCharField(_("actor's key"), max_length=USER_KEY_LENGTH, blank=True, default="")
    actor_text = ExactCharField(_("actor"), max_length=200, blank=True, default="")
    comment = models.TextField(_("comment"), blank=True, default="")
    data = StoredJSONField(_("data"), shape=Shape.OBJECT, default=dict, blank=True)
    created_at = UtcDateTimeField(_("created at"))

    objects: ClassVar[AppendOnlyManager[Self]] = AppendOnlyManager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        default_permissions = ("view",)
        ordering = ("run", "sequence")
        constraints = (models.UniqueConstraint(fields=("run", "sequence"), name="squid_mesh_event_sequence"),)

    def __str__(self) -> str:
        return f"{self.sequence}. {self.type}"
