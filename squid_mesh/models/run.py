"""Runs, and the compiled definitions that they execute.

No constraint lists statuses: a new one must not make the database rewrite or check a large table.
:mod:`squid_mesh.lifecycle` decides which there are and which moves are legal.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.authority import PERMISSIONS
from squid_mesh.models.exact_text import ExactCharField
from squid_mesh.models.stored_json import Shape, StoredJSONField
from squid_mesh.models.utc_times import UtcDateTimeField
from squid_mesh.models.uuid7 import uuid7


class Definition(models.Model):
    """A compiled workflow, stored once per fingerprint. A run executes the one that it was started with."""

    fingerprint = ExactCharField(_("fingerprint"), max_length=64, primary_key=True)
    workflow = ExactCharField(_("workflow"), max_length=200)
    blueprint = StoredJSONField(_("blueprint"), shape=Shape.OBJECT)
    created_at = UtcDateTimeField(_("created at"))

    class Meta:
        verbose_name = _("definition")
        verbose_name_plural = _("definitions")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.workflow} {self.fingerprint[:8]}"


class Run(models.Model):
    """One execution of a workflow, from its start to its end.

    ``definition_format`` is the format of its definition, so that only processes that can read it claim its
    steps. ``secrets`` are the paths of the secrets that its payload carried when it was stored.
    ``by_default`` are the paths of the values in its payload that the caller didn't give; None without a key.
    ``event_count`` numbers its events. ``trace`` is its starter's place in a trace, with tracing.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid7, editable=False)
    workflow = ExactCharField(_("workflow"), max_length=200)
    definition = models.ForeignKey(
        Definition, on_delete=models.PROTECT, related_name="runs", verbose_name=_("definition")
    )
    definition_format = models.PositiveSmallIntegerField(_("format of the definition"))
    trigger = ExactCharField(_("trigger"), max_length=100)
    status = ExactCharField(_("status"), max_length=16)
    payload = StoredJSONField(_("payload"), shape=Shape.OBJECT)
    secrets = StoredJSONField(_("secrets"), shape=Shape.PATHS, null=True, blank=True)
    by_default = StoredJSONField(_("made by defaults"), shape=Shape.PLACES, null=True, blank=True)
    error = StoredJSONField(_("error"), shape=Shape.ERROR, null=True, blank=True)
    idempotency_key = ExactCharField(_("idempotency key"), max_length=200, null=True, blank=True)
    subject_type = ExactCharField(_("subject type"), max_length=200, blank=True, default="")
    subject_id = ExactCharField(_("subject id"), max_length=200, blank=True, default="")
    tags = StoredJSONField(_("tags"), shape=Shape.TEXTS, default=list, blank=True)
    schedule = StoredJSONField(_("schedule"), shape=Shape.OBJECT, null=True, blank=True)
    trace = StoredJSONField(_("trace"), shape=Shape.OBJECT, null=True, blank=True)
    replay_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replays",
        verbose_name=_("replay of"),
    )
    event_count = models.PositiveIntegerField(_("number of events"), default=0)
    created_at = UtcDateTimeField(_("created at"))
    started_at = UtcDateTimeField(_("started at"), null=True, blank=True)
    finished_at = UtcDateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        default_permissions = ("view",)
        permissions = PERMISSIONS
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("workflow", "idempotency_key"), name="squid_mesh_run_idempotency"
            ),
        )
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="squid_mesh_run_newest"),
            models.Index(fields=("status", "-created_at", "-id"), name="squid_mesh_run_by_status"),
            models.Index(fields=("workflow", "-created_at", "-id"), name="squid_mesh_run_by_flow"),
            models.Index(
                fields=("workflow", "trigger", "-created_at", "-id"), name="squid_mesh_run_by_trigger"
            ),
            models.Index(fields=("subject_type", "subject_id"), name="squid_mesh_run_subject"),
        )

    def __str__(self) -> str:
        return f"{self.workflow} {self.id}"
