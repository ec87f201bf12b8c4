"""The demo app's configuration: two commands, no models."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Runs the workflows of the other three apps as a demonstration."""

    name = "demo"
