"""Expenses: a workflow in which people decide and money is paid once."""
