"""DBOS: called in process, and through its queue."""
