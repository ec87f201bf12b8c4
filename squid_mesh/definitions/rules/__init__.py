"""What makes a workflow usable: one rule a function, all problems reported together."""
