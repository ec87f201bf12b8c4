"""The steps of a run, which are the queue, and the attempts at them.

No constraint lists statuses, see :mod:`squid_mesh.models.run`.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.lifecycle import StepStatus
from squid_mesh.models.exact_text import ExactCharField
from squid_mesh.models.partial_indexes import PartialIndexModel
from squid_mesh.models.run import Run
from squid_mesh.models.stored_json import Shape, StoredJSONField
from squid_mesh.models.utc_times import UtcDateTimeField

_CLAIMED = models.Q(claim_token__isnull=False, lease_until__isnull=False, due_at__isnull=True)
_UNCLAIMED = models.Q(claim_token__isnull=True, lease_until__isnull=True)


class StepRun(PartialIndexModel):
    """One step of one run, in one visit. A row with a ``due_at`` is work for any worker from then on.

    A step gets its row when the run reaches it. ``attempt_number`` counts the attempts that were started,
    ``failures`` those that count against the retry policy, ``crashes`` those whose worker was lost,
    ``deferrals`` those that asked to run again later. ``request`` is what a held step asks of people; it is
    kept when the step ends. ``secrets`` are the paths of the secrets that the output
    carried when it was stored. A row that isn't ``current`` is history: a rewind has started another visit.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(
        Run,
        on_delete=models.CASCADE,
        related_name="steps",
        db_index=False,  # the unique constraint starts with it, and each index slows every transition
        verbose_name=_("run"),
    )
    name = ExactCharField(_("name"), max_length=100)
    visit = models.PositiveIntegerField(_("visit"), default=1)
    map_index = models.PositiveIntegerField(_("map index"), default=0)
    status = ExactCharField(_("status"), max_length=16)
    outcome = ExactCharField(_("outcome"), max_length=100, blank=True, default="")
    waiting_for = ExactCharField(_("waiting for"), max_length=16, blank=True, default="")
    due_at = UtcDateTimeField(_("due at"), null=True, blank=True)
    claim_token = models.UUIDField(_("claim token"), null=True, blank=True)
    lease_until = UtcDateTimeField(_("lease until"), null=True, blank=True)
    worker = ExactCharField(_("worker"), max_length=200, blank=True, default="")
    attempt_number = models.PositiveIntegerField(_("attempt number"), default=0)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    crashes = models.PositiveIntegerField(_("crashes"), default=0)
    deferrals = models.PositiveIntegerField(_("deferrals"), default=0)
    input = StoredJSONField(_("input"), shape=Shape.OBJECT, null=True, blank=True)
    output = StoredJSONField(_("output"), shape=Shape.ANY, null=True, blank=True)
    secrets = StoredJSONField(_("secrets"), shape=Shape.PATHS, null=True, blank=True)
    error = StoredJSONField(_("error"), shape=Shape.ERROR, null=True, blank=True)
    request = StoredJSONField(_("request"), shape=Shape.OBJECT, null=True, blank=True)
    current = models.BooleanField(_("current"), default=True)
    created_at = UtcDateTimeField(_("created at"))
    started_at = UtcDateTimeField(_("started at"), null=True, blank=True)
    finished_at = UtcDateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        default_permissions = ("view",)
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("run", "name", "visit", "map_index"), name="squid_mesh_step_once"
            ),
            models.CheckConstraint(condition=_CLAIMED | _UNCLAIMED, name="squid_mesh_step_claim"),
        )
        # Partial where the database can: a poll then costs the same however much history there is. The last
        # one has to name statuses: those in which a step needs a person. Another such status gets an index of
        # its own; these stay as they are.
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=models.Q(due_at__isnull=False),
                name="squid_mesh_step_due",
            ),
            models.Index(
                fields=("lease_until",),
                condition=models.Q(lease_until__isnull=False),
                name="squid_mesh_step_lease",
            ),
            models.Index(
                fields=("id",),
                condition=models.Q(status__in=[StepStatus.PAUSED.value, StepStatus.UNKNOWN.value]),
                name="squid_mesh_step_held",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"


class Attempt(models.Model):
    """One execution of a step's code that has ended. Written once, never changed."""

    id = models.BigAutoField(primary_key=True)
    step = models.ForeignKey(
        StepRun,
        on_delete=models.CASCADE,
        related_name="attempts",
        db_index=False,  # as above
        verbose_name=_("step"),
    )
    kind = ExactCharField(_("kind"), max_length=16, default="run")
    number = models.PositiveIntegerField(_("number"))
    worker = ExactCharField(_("worker"), max_length=200)
    outcome = ExactCharField(_("outcome"), max_length=16)
    error = StoredJSONField(_("error"), shape=Shape.ERROR, null=True, blank=True)
    started_at = UtcDateTimeField(_("started at"))
    ended_at = UtcDateTimeField(_("ended at"))

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        default_permissions = ("view",)
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("step", "kind", "number"), name="squid_mesh_attempt_once"),
        )

    def __str__(self) -> str:
        return f"attempt {self.number} ({self.outcome})"
