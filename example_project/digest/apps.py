"""The digest app's configuration."""

from django.apps import AppConfig


class DigestConfig(AppConfig):
    """A feed, what was sent of it, and the workflow that posts it."""

    name = "digest"
    verbose_name = "Daily digest"
