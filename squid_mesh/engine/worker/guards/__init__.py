"""What protects a worker from a step's code: leases, timeouts, and what is restored after it."""
