"""The verbs of ``manage.py squid_mesh``, each with its arguments and its output."""

from squid_mesh.management.cli.verb import Verb
from squid_mesh.management.verbs.actions.again import REPLAY, REWIND
from squid_mesh.management.verbs.actions.cancel import CANCEL
from squid_mesh.management.verbs.actions.comment import COMMENT
from squid_mesh.management.verbs.actions.decisions import APPROVE, DECIDE, REJECT
from squid_mesh.management.verbs.actions.remedies import RESOLVE, RETRY, SKIP
from squid_mesh.management.verbs.actions.start import START
from squid_mesh.management.verbs.actions.unblock import UNBLOCK
from squid_mesh.management.verbs.reads.explain import EXPLAIN
from squid_mesh.management.verbs.reads.graph import GRAPH
from squid_mesh.management.verbs.reads.inspect import INSPECT
from squid_mesh.management.verbs.reads.runs import RUNS
from squid_mesh.management.verbs.reads.workflows import WORKFLOWS
from squid_mesh.management.verbs.upkeep.doctor import DOCTOR
from squid_mesh.management.verbs.upkeep.metrics import METRICS
from squid_mesh.management.verbs.upkeep.prune import PRUNE
from squid_mesh.management.verbs.upkeep.sweep import SWEEP
from squid_mesh.management.verbs.upkeep.triggers import TRIGGERS

#: In the order in which ``--help`` lists them.
VERBS: tuple[Verb, ...] = (
    WORKFLOWS,
    START,
    RUNS,
    INSPECT,
    EXPLAIN,
    GRAPH,
    CANCEL,
    UNBLOCK,
    APPROVE,
    REJECT,
    DECIDE,
    RETRY,
    SKIP,
    RESOLVE,
    REWIND,
    REPLAY,
    COMMENT,
    TRIGGERS,
    SWEEP,
    PRUNE,
    DOCTOR,
    METRICS,
)
