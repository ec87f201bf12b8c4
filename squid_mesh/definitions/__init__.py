"""Saying what a workflow is: the class syntax, its compiled form, its rules. No Django below here."""
