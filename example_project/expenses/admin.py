"""Employees, expenses and bank transfers in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

from expenses.models import Employee, Expense, Transfer
from expenses.submission import submit
from squid_mesh.admin import WorkflowRunsMixin


@admin.register(Employee)
class EmployeeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """The employees and their managers."""

    list_display = ("user", "manager")
    search_fields = ("user__username", "user__last_name")


@admin.register(Expense)
class ExpenseAdmin(WorkflowRunsMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """The expenses with their runs. Adding one submits it for approval."""

    list_display = ("purpose", "employee", "amount", "currency", "status", "paid", "cost_centre")
    list_filter = ("status", "currency", "cost_centre")
    search_fields = ("purpose", "employee__user__last_name")
    readonly_fields = ("status", "paid", "cost_centre")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the expense and start its run in the same transaction."""
        super().save_model(request, obj, form, change)
        if not change and isinstance(request.user, User):
            submit(obj, by=request.user)


@admin.register(Transfer)
class TransferAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """The bank's transfers, one for each reference."""

    list_display = ("account", "amount", "currency", "reference", "booked_at")
    date_hierarchy = "booked_at"
