"""django-q2's cluster under our supervisor: its code, with queues, events and timers that have no lock."""
