"""The onboarding app's configuration."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """The customers, and the workflow for new ones."""

    name = "onboarding"
    verbose_name = "Onboarding"
