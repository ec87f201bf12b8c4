"""The expenses app's configuration."""

from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    """The expenses of employees, and the workflow that pays them."""

    name = "expenses"
    verbose_name = "Expenses"
