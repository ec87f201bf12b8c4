"""One command, ``squid_mesh``, with a verb for each thing to do."""
