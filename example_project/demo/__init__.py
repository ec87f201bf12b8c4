"""The machinery of ``manage.py demo`` and ``manage.py serve``; a project of your own needs none of it."""
