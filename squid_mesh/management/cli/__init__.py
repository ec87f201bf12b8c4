"""What all verbs of ``manage.py squid_mesh`` share: arguments, the actor, and output."""
