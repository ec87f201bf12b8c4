"""The supervisor of a cluster: starts, watches, restarts and stops django-q2's process tree."""
