"""The digest app's configuration."""

from django.apps import AppConfig


class DigestConfig(AppConfig):
    """The feed, the items that were sent, and the workflow that posts them."""

    name = "digest"
    verbose_name = "Daily digest"
