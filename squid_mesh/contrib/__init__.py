"""Integrations with optional libraries: OpenTelemetry and Prometheus."""
