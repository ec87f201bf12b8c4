"""Mutation testing: change one expression of the rules at a time, and check that a test fails."""
