"""Steps that a worker holds or should execute."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from squid_mesh import api
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.models import Cluster
from squid_mesh.store.clock import database_time
from squid_mesh.store.clusters import add_cluster, show_missing
from squid_mesh.store.values import MissingCode
from tests.host import people, steps, workflows
from tests.host.runs import claim, driven
from tests.integration.inspection.explain.situations.situation import (
    Plan,
    long_ago,
    long_due,
    lost,
    situation,
)


@situation(
    Reason.PENDING_DISPATCH,
    "pending",
    "cancel_run, comment_run, skip_step one, rewind_run one",
    step="one",
    details={"next_attempt": 1, "clusters": 1, "waited_for": None},
)
def just_started(plan: Plan) -> UUID:
    return api.start_run(workflows.Chain).id


@situation(
    Reason.PENDING_DISPATCH,
    "pending",
    "cancel_run, comment_run, skip_step one, rewind_run one",
    step="one",
    details={"clusters": 2, "without_code": ["old on web1 (process 12)"]},
)
def due_where_one_cluster_has_no_code(plan: Plan) -> UUID:
    old = add_cluster(
        name="old", host="web1", pid=12, workers=1, version="", supervised=True, using="default"
    )
    code = MissingCode(definition="0" * 64, step="two", path="tests.host.steps:act")
    show_missing(old, [code], "default")
    return api.start_run(workflows.Chain).id


@situation(
    Reason.PENDING_DISPATCH,
    "retrying",
    "cancel_run, comment_run, retry_step flaky, skip_step flaky, resolve_step flaky, rewind_run flaky",
    step="flaky",
    details={"next_attempt": 2, "waited_for": "retry"},
)
def retry_that_is_due(plan: Plan) -> UUID:
    plan["flaky"] = steps.Busy("out of ink")
    run_id = driven(workflows.Retries)
    long_due(run_id)
    return run_id


@situation(
    Reason.STEP_SCHEDULED,
    "pending",
    "cancel_run, comment_run, skip_step one, rewind_run one",
    step="one",
    details={"clusters": 1},
)
def scheduled(plan: Plan) -> UUID:
    return api.start_run(workflows.Chain, start_at=database_time("default") + timedelta(hours=2)).id


@situation(
    Reason.STEP_RUNNING,
    "running",
    "cancel_run, comment_run",
    step="one",
    details={"attempt": 1, "worker": "elsewhere:1", "timeout_at": None},
)
def executing(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Chain).id
    claim(run_id)
    return run_id


@situation(
    Reason.STEP_OVERDUE,
    "running",
    "cancel_run, comment_run",
    step="one",
    details={"overdue": "lease", "then": "retry", "worker": "elsewhere:1"},
)
def worker_lost(plan: Plan) -> UUID:
    run_id = executing(plan)
    long_ago(run_id)
    return run_id


@situation(
    Reason.STEP_OVERDUE,
    "running",
    "cancel_run, comment_run",
    step="check",
    details={"overdue": "lease", "then": "unknown"},
)
def worker_lost_with_an_outcome(plan: Plan) -> UUID:
    run_id = api.start_run(people.Checks).id
    claim(run_id)
    long_ago(run_id)
    return run_id


@situation(
    Reason.STEP_OVERDUE,
    "running",
    "cancel_run, comment_run",
    step="one",
    details={"overdue": "lease", "then": "crash_cap"},
)
def last_worker_lost(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Chain).id
    for _ in range(2):
        claim(run_id)
        lost(run_id)
    claim(run_id)
    long_ago(run_id)
    return run_id


@situation(
    Reason.STEP_OVERDUE,
    "running",
    "cancel_run, comment_run",
    step="slow",
    details={"overdue": "timeout", "timeout_at": "2020-01-01T00:00:00.150000+00:00"},
)
def past_its_timeout(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Short).id
    claim(run_id)
    long_ago(run_id, "started_at")
    return run_id


@situation(
    Reason.NO_CLUSTER_RUNNING,
    "pending",
    "cancel_run, comment_run, skip_step one, rewind_run one",
    step="one",
    details={"would_be": "pending_dispatch", "clusters": 0, "last_cluster_seen_at": None},
    alive=False,
)
def no_cluster_to_start_it(plan: Plan) -> UUID:
    return api.start_run(workflows.Chain).id


@situation(
    Reason.NO_CLUSTER_RUNNING,
    "running",
    "cancel_run, comment_run",
    step="one",
    details={"would_be": "step_overdue", "overdue": "lease", "then": "retry"},
    alive=False,
)
def no_cluster_to_recover_it(plan: Plan) -> UUID:
    ClusterHeartbeat(1).beat()
    Cluster.objects.update(seen_at=database_time("default") - timedelta(minutes=5))
    return worker_lost(plan)


@situation(
    Reason.NO_CLUSTER_RUNNING,
    "cancelling",
    "comment_run",
    step="one",
    details={"would_be": "step_overdue", "then": "cancelled"},
    alive=False,
)
def no_cluster_to_end_it(plan: Plan) -> UUID:
    run_id = executing(plan)
    api.cancel_run(run_id)
    long_ago(run_id)
    return run_id
