"""Squid Mesh beside the systems a Django project would pick instead, measured in one run."""
