"""Snapshots: the frozen values that reading returns, JSON-ready, with secrets masked."""
