"""Verbs that maintain an installation: checks, recovery, pruning, triggers and metrics."""
