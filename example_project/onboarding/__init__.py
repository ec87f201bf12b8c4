"""Onboarding: the workflow for a new customer."""
