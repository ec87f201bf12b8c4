"""The verbs of ``manage.py squid_mesh``."""

from squid_mesh.management.cli.verb import Verb
from squid_mesh.management.verbs.actions.operator_actions import ACTION_VERBS
from squid_mesh.management.verbs.actions.start import START
from squid_mesh.management.verbs.reads.explain import EXPLAIN
from squid_mesh.management.verbs.reads.graph import GRAPH
from squid_mesh.management.verbs.reads.inspect import INSPECT
from squid_mesh.management.verbs.reads.runs import RUNS
from squid_mesh.management.verbs.reads.workflows import WORKFLOWS
from squid_mesh.management.verbs.upkeep.doctor import DOCTOR
from squid_mesh.management.verbs.upkeep.health import HEALTH
from squid_mesh.management.verbs.upkeep.metrics import METRICS
from squid_mesh.management.verbs.upkeep.prune import PRUNE
from squid_mesh.management.verbs.upkeep.sweep import SWEEP
from squid_mesh.management.verbs.upkeep.triggers import TRIGGERS
from squid_mesh.management.verbs.upkeep.worker import WORKER

#: In the order in which ``--help`` lists them.
VERBS: tuple[Verb, ...] = (
    WORKFLOWS,
    START,
    RUNS,
    INSPECT,
    EXPLAIN,
    GRAPH,
    *ACTION_VERBS,
    WORKER,
    HEALTH,
    TRIGGERS,
    SWEEP,
    PRUNE,
    DOCTOR,
    METRICS,
)
