"""Cron triggers: what the code declares, what operators override, and when each fires."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.models.exact_text import USER_KEY_LENGTH, ExactCharField, ExactTextField
from squid_mesh.models.partial_indexes import PartialIndexModel
from squid_mesh.models.run import Run
from squid_mesh.models.utc_times import UtcDateTimeField

_POLICY = 16


class Trigger(PartialIndexModel):
    """One cron trigger of one workflow. From ``due_at`` on, a cluster fires it.

    ``expression``, ``timezone``, ``catch_up`` and ``overlap`` come from the code; an operator's overrides of
    the first two replace them. ``next_time`` is the scheduled time of the next run. ``due_at`` is when
    to start it: the same, or later if starting it failed.
    """

    id = models.BigAutoField(primary_key=True)
    workflow = ExactCharField(_("workflow"), max_length=200)
    name = ExactCharField(_("trigger"), max_length=100)
    expression = ExactCharField(_("expression"), max_length=200)
    timezone = ExactCharField(_("timezone"), max_length=100)
    catch_up = ExactCharField(_("catch up"), max_length=_POLICY)
    overlap = ExactCharField(_("overlap"), max_length=_POLICY)
    expression_override = ExactCharField(
        _("override schedule"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("Overrides the schedule in code. Leave empty to use the code's."),
    )
    timezone_override = ExactCharField(_("override timezone"), max_length=100, blank=True, default="")
    enabled = models.BooleanField(_("enabled"), default=True)
    declared = models.BooleanField(_("defined in code"), default=True)
    next_time = UtcDateTimeField(_("next scheduled time"), null=True, blank=True)
    due_at = UtcDateTimeField(_("due at"), null=True, blank=True)
    last_time = UtcDateTimeField(_("last scheduled time"), null=True, blank=True)
    last_fired_at = UtcDateTimeField(_("last fired at"), null=True, blank=True)
    last_run = models.ForeignKey(
        Run,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("last run"),
    )
    skipped_time = UtcDateTimeField(_("last skipped run"), null=True, blank=True)
    skip_reason = ExactCharField(_("reason"), max_length=200, blank=True, default="")
    error = ExactTextField(_("error"), blank=True, default="")
    changed_by_key = ExactCharField(
        _("key of who changed it"), max_length=USER_KEY_LENGTH, blank=True, default=""
    )
    changed_by_text = ExactCharField(_("changed by"), max_length=200, blank=True, default="")
    changed_at = UtcDateTimeField(_("changed at"), null=True, blank=True)
    created_at = UtcDateTimeField(_("created at"))

    class Meta:
        verbose_name = _("trigger")
        verbose_name_plural = _("triggers")
        default_permissions = ("view", "change")
        ordering = ("workflow", "name")
        constraints = (models.UniqueConstraint(fields=("workflow", "name"), name="squid_mesh_trigger_once"),)
        indexes = (
            models.Index(
                fields=("due_at",), condition=models.Q(due_at__isnull=False), name="squid_mesh_trigger_due"
            ),
        )

    def __str__(self) -> str:
        return f"{self.workflow}.{self.name}"

    @property
    def effective_expression(self) -> str:
        """The operator's expression, or else the code's."""
        return self.expression_override or self.expression

    @property
    def effective_timezone(self) -> str:
        """The operator's timezone, or else the code's."""
        return self.timezone_override or self.timezone
