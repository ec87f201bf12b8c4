"""Actions on a whole run."""
