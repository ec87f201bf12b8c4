"""The expenses app's configuration."""

from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    """What employees have spent, and the workflow that pays it back."""

    name = "expenses"
    verbose_name = "Expenses"
