"""Template tags of the operators' console."""
