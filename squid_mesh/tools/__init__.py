"""Tools that steps call the outside world with."""
