"""The backend for every database: start, claim and settle with Django's ORM."""
