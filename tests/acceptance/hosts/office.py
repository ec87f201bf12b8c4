"""A host's own admin site, and its addresses: Django's own site has none."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.urls import path

from squid_mesh.admin import AttemptAdmin, EventAdmin, RunAdmin, StepAdmin, TriggerAdmin, WaitingAdmin
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun, Trigger, Waiting


class Office(admin.AdminSite):
    """The site of the office."""

    site_header = "Office"


office = Office(name="office")
office.register(User, UserAdmin)
office.register(Run, RunAdmin)
office.register(StepRun, StepAdmin)
office.register(Attempt, AttemptAdmin)
office.register(AuditEvent, EventAdmin)
office.register(Trigger, TriggerAdmin)
office.register(Waiting, WaitingAdmin)

urlpatterns = [path("office/", office.urls)]
