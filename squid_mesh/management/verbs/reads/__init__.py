"""Verbs that read runs and workflows."""
