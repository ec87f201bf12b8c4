"""Explanations: why a run is where it is, what happens next, and what each user may do."""
