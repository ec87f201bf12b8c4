"""The doctor: checks of an installation; each yields its problems, each problem with its fix."""
