"""The project's own admin: an order with its runs."""

from __future__ import annotations

from django.contrib import admin

from squid_mesh.admin import WorkflowRunsMixin
from tests.host.models import Order


@admin.register(Order)
class OrderAdmin(WorkflowRunsMixin, admin.ModelAdmin):
    """Orders, each with its runs."""
