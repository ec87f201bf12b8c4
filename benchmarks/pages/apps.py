"""The host application whose runs the pages show."""

from django.apps import AppConfig


class BenchmarkedPages(AppConfig):
    name = "benchmarks.pages"
    label = "benchmarked_pages"
    default_auto_field = "django.db.models.BigAutoField"
