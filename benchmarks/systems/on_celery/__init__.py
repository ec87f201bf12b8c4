"""Celery on Redis, with stock settings."""
