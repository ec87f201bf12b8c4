"""Explaining runs: read once, then only judge. ``explaining`` is the way in."""
