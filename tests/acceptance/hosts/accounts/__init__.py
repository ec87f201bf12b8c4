"""A user model of the host: the key is a UUID, and people log in by e-mail."""
