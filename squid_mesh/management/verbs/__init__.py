"""The verbs of ``manage.py squid_mesh``, each with its arguments and its output."""

from squid_mesh.management.verbs.triggers import TRIGGERS
from squid_mesh.management.verbs.verb import Verb

#: In the order in which ``--help`` lists them.
VERBS: tuple[Verb, ...] = (TRIGGERS,)
