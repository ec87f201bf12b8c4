"""Runs that a newer version wrote, with values that this version doesn't know."""

from __future__ import annotations

from uuid import UUID

from squid_mesh import api
from squid_mesh.definitions.blueprint import FORMAT
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.models import Run, StepRun
from tests.host import people, workflows
from tests.host.runs import driven, run_until_idle
from tests.integration.inspection.explain.situations.situation import Plan, situation
from tests.integration.newer_rows import write_newer_definition, write_unknown


@situation(
    Reason.UNKNOWN_VALUE,
    "archiving",
    "",
    details={"column": "status", "value": "archiving"},
)
def unknown_run_status(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Chain).id
    write_unknown(Run, "status", "archiving", pk=run_id)
    return run_id


@situation(
    Reason.UNKNOWN_VALUE,
    "pending",
    "",
    step="one",
    details={"column": "status", "value": "sleeping"},
)
def unknown_step_status(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Chain).id
    write_unknown(StepRun, "status", "sleeping", run_id=run_id)
    return run_id


@situation(
    Reason.UNKNOWN_VALUE,
    "paused",
    "cancel_run, comment_run, rewind_run ready, rewind_run before",
    step="ready",
    details={"column": "waiting_for", "value": "signature"},
)
def unknown_wait(plan: Plan) -> UUID:
    run_id = driven(people.Holds)
    write_unknown(StepRun, "waiting_for", "signature", run_id=run_id, name="ready")
    return run_id


@situation(
    Reason.UNREADABLE_ROW,
    "paused",
    "cancel_run, comment_run, rewind_run ready, rewind_run before",
    step="ready",
    details={"table": "squid_mesh_steprun", "column": "request"},
)
def unreadable_request(plan: Plan) -> UUID:
    run_id = driven(people.Holds)
    StepRun.objects.filter(run_id=run_id, name="ready").update(request={"kind": "auction", "bids": 3})
    return run_id


@situation(
    Reason.UNREADABLE_ROW,
    "paused",
    "cancel_run, comment_run, retry_step one, skip_step one, resolve_step one, rewind_run one",
    step="one",
    details={"table": "squid_mesh_run", "column": "payload"},
)
def unreadable_payload(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Chain).id
    write_unknown(Run, "payload", "[]", pk=run_id)
    run_until_idle()
    return run_id


@situation(
    Reason.UNREADABLE_ROW,
    "failed",
    "replay_run, comment_run, retry_step one, skip_step one, resolve_step one, rewind_run one",
    step="one",
    details={"table": "squid_mesh_run", "column": "error"},
)
def unreadable_error(plan: Plan) -> UUID:
    plan["one"] = [ValueError("no ink")]
    run_id = driven(workflows.Chain)
    write_unknown(Run, "error", '"broken"', pk=run_id)
    return run_id


@situation(
    Reason.UNREADABLE_DEFINITION,
    "paused",
    "",
    details={"format": FORMAT + 1, "readable_format": FORMAT},
)
def newer_definition(plan: Plan) -> UUID:
    run_id = driven(people.Holds)
    write_newer_definition(run_id)
    return run_id
