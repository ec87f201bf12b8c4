"""Employees, their expenses, and the bank's transfers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from squid_mesh.models import ExactCharField


class Employee(models.Model):
    """A person who submits expenses, and the manager who approves them."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="employee")
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports")
    account = models.CharField(max_length=34, help_text="IBAN")

    class Meta:
        ordering = ("user__username",)

    def __str__(self) -> str:
        return self.user.get_full_name() or self.user.get_username()


class Expense(models.Model):
    """Money that an employee spent for the company."""

    class Currency(models.TextChoices):
        """The currencies that are paid."""

        EUR = "EUR", "euro"
        GBP = "GBP", "pound"

    class Status(models.TextChoices):
        """How the expense ended. Until then its run shows what it waits for."""

        SUBMITTED = "submitted"
        PAID = "paid"
        DECLINED = "declined"

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="expenses")
    purpose = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    currency = models.CharField(max_length=3, choices=Currency, default=Currency.EUR)
    status = models.CharField(max_length=10, choices=Status, default=Status.SUBMITTED, editable=False)
    paid = models.DecimalField(max_digits=9, decimal_places=2, null=True, editable=False)
    cost_centre = models.CharField(max_length=20, blank=True, editable=False)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.purpose}, {self.amount} {self.currency}"


class Transfer(models.Model):
    """A transfer of the simulated bank, :mod:`expenses.bank`: one for each reference."""

    reference = ExactCharField(max_length=200, unique=True)
    account = models.CharField(max_length=34)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    currency = models.CharField(max_length=3)
    booked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} to {self.account}"
