"""The run list, the page of a run, its raw JSON, and the lists of steps, attempts and audit events."""
