"""Benchmarks of Squid Mesh and of the systems that a Django project would use instead, in one run."""
