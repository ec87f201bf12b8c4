"""The tests of the onboarding."""
