"""Verbs that start runs and act on them."""
