"""The onboarding app's configuration."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """Customers, and the workflow that welcomes them."""

    name = "onboarding"
    verbose_name = "Onboarding"
