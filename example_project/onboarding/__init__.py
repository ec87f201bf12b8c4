"""Onboarding: from a signature to a customer who reads the news."""
