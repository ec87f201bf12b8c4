"""Squid Mesh: a host project of two workflows, and a real qcluster with two workers."""
