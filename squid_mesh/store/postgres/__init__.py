"""The backend for PostgreSQL: start, claim and settle in one statement each."""
