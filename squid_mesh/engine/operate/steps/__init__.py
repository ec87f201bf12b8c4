"""Actions on one step of a run."""
