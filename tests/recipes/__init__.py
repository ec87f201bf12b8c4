"""The code of the how-to guides, and tests that run it to its end."""
