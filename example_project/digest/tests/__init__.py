"""The digest's tests: `manage.py test` runs them, without a cluster."""
