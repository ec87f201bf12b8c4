"""The code of ``manage.py demo`` and ``manage.py serve``. Your own project needs none of it."""
