"""The tests of Squid Mesh: unit, integration, acceptance and faults."""
