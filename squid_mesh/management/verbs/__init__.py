"""The verbs of ``manage.py squid_mesh``, each with its arguments and its output."""

from squid_mesh.management.verbs.again import REPLAY, REWIND
from squid_mesh.management.verbs.cancel import CANCEL
from squid_mesh.management.verbs.comment import COMMENT
from squid_mesh.management.verbs.decisions import APPROVE, DECIDE, REJECT
from squid_mesh.management.verbs.doctor import DOCTOR
from squid_mesh.management.verbs.explain import EXPLAIN
from squid_mesh.management.verbs.graph import GRAPH
from squid_mesh.management.verbs.inspect import INSPECT
from squid_mesh.management.verbs.metrics import METRICS
from squid_mesh.management.verbs.prune import PRUNE
from squid_mesh.management.verbs.remedies import RESOLVE, RETRY, SKIP
from squid_mesh.management.verbs.runs import RUNS
from squid_mesh.management.verbs.start import START
from squid_mesh.management.verbs.sweep import SWEEP
from squid_mesh.management.verbs.triggers import TRIGGERS
from squid_mesh.management.verbs.unblock import UNBLOCK
from squid_mesh.management.verbs.verb import Verb
from squid_mesh.management.verbs.workflows import WORKFLOWS

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
