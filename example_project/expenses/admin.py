"""Employees, expenses and the bank's book in the admin."""

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
    """Who works for us, and for whom."""

    list_display = ("user", "manager")
    search_fields = ("user__username", "user__last_name")


@admin.register(Expense)
class ExpenseAdmin(WorkflowRunsMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """Expenses, each with its runs. To add one is to submit it for approval."""

    list_display = ("purpose", "employee", "amount", "currency", "status", "paid", "cost_centre")
    list_filter = ("status", "currency", "cost_centre")
    search_fields = ("purpose", "employee__user__last_name")
    readonly_fields = ("status", "paid", "cost_centre")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save it, and start its run with the same commit."""
        super().save_model(request, obj, form, change)
        if not change and isinstance(request.user, User):
            submit(obj, by=request.user)


@admin.register(Transfer)
class TransferAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """What the bank has paid: each reference once."""

    list_display = ("account", "amount", "currency", "reference", "booked_at")
    date_hierarchy = "booked_at"
