"""Registers what operators see in the Django admin; the pages themselves are the console's."""

from __future__ import annotations

from django.contrib import admin

from squid_mesh.console.runs.admin import RunAdmin
from squid_mesh.console.runs.related_admins import AttemptAdmin, EventAdmin, StepAdmin
from squid_mesh.console.runs.subject_mixin import WorkflowRunsMixin
from squid_mesh.console.views.inbox_admin import WaitingAdmin
from squid_mesh.console.views.triggers import TriggerAdmin
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun, Trigger, Waiting

__all__ = [
    "AttemptAdmin",
    "EventAdmin",
    "RunAdmin",
    "StepAdmin",
    "TriggerAdmin",
    "WaitingAdmin",
    "WorkflowRunsMixin",
]

admin.site.register(Run, RunAdmin)
admin.site.register(StepRun, StepAdmin)
admin.site.register(Attempt, AttemptAdmin)
admin.site.register(AuditEvent, EventAdmin)
admin.site.register(Trigger, TriggerAdmin)
admin.site.register(Waiting, WaitingAdmin)
