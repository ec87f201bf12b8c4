"""Every situation that an explanation can meet, built by the real engine: at least one for each reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.test import override_settings

from squid_mesh import Defer, Outcome, StepFailed, api
from squid_mesh.actions import Action
from squid_mesh.definitions.resolve import resolve
from squid_mesh.dispatch.pulse import Pulse
from squid_mesh.engine.recover import recover
from squid_mesh.engine.results import Failure
from squid_mesh.inspection.explanation import Reason
from squid_mesh.models import Cluster, StepRun
from squid_mesh.store.clock import database_time
from squid_mesh.testing import run_until_idle
from tests.host import people, steps, workflows
from tests.host.looking import claim, driven, seen, settled
from tests.host.people import person

Plan = dict[str, Any]
BUSY = Failure({"type": "Busy", "message": "out of ink"}, retryable=False)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """``build`` brings it about. ``reason`` is the run's, about ``step``; ``details`` are some of them;
    ``open`` are reasons of open steps. ``offers`` are all actions that are offered, as ``action`` or
    ``action step``. ``outputs`` are what a step that is resolved may give, ``answers`` an approval's.
    """

    build: Callable[[Plan], UUID]
    reason: Reason
    status: str
    offers: frozenset[str]
    step: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    open: dict[str, Reason] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    answers: Any = None
    alive: bool = True


SITUATIONS: dict[str, Situation] = {}


def situation(reason: Reason, status: str, offers: str, **more: Any) -> Callable[[Any], Any]:
    """The decorated function builds it."""

    def keep(build: Callable[[Plan], UUID]) -> Callable[[Plan], UUID]:
        wanted = frozenset(part.strip() for part in offers.split(","))
        SITUATIONS[build.__name__] = Situation(
            build=build, reason=reason, status=status, offers=wanted, **more
        )
        return build

    return keep


def brought_about(name: str, plan: Plan) -> UUID:
    """Its run; the plan is empty afterwards, so that whatever is done next goes well."""
    plan.clear()
    if SITUATIONS[name].alive:
        Pulse(1).beat()
    run_id = SITUATIONS[name].build(plan)
    plan.clear()
    return run_id


def user(name: str) -> User:
    return User.objects.get_or_create(username=name)[0]


def starter() -> User:
    """Somebody who may start runs, and nothing else."""
    found = user("starter")
    found.user_permissions.add(Permission.objects.get(codename="start_run"))
    return User.objects.get(pk=found.pk)


def long_ago(run_id: UUID, column: str = "lease_until") -> None:
    """The time in that column of the run's running steps has long passed."""
    held = StepRun.objects.filter(run_id=run_id, lease_until__isnull=False)
    held.update(**{column: datetime(2020, 1, 1, tzinfo=UTC)})


def lost(run_id: UUID) -> None:
    """The worker that holds a step of the run is lost, and it is noticed."""
    long_ago(run_id)
    recover()


# --- work --------------------------------------------------------------------------------------------


@situation(
    Reason.PENDING_DISPATCH,
    "pending",
    "cancel_run, comment_run, skip_step one, rewind_run one",
    step="one",
    details={"next_attempt": 1, "clusters": 1, "waited_for": ""},
)
def just_started(plan: Plan) -> UUID:
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


def long_due(run_id: UUID) -> None:
    later = StepRun.objects.filter(run_id=run_id, due_at__isnull=False)
    later.update(due_at=database_time("default") - timedelta(minutes=5))


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
    Reason.NO_WORKER_ALIVE,
    "pending",
    "cancel_run, comment_run, skip_step one, rewind_run one",
    step="one",
    details={"was": "pending_dispatch", "clusters": 0, "last_cluster_seen_at": None},
    alive=False,
)
def nobody_to_begin(plan: Plan) -> UUID:
    return api.start_run(workflows.Chain).id


@situation(
    Reason.NO_WORKER_ALIVE,
    "running",
    "cancel_run, comment_run",
    step="one",
    details={"was": "step_overdue", "overdue": "lease", "then": "retry"},
    alive=False,
)
def nobody_to_take_it_back(plan: Plan) -> UUID:
    Pulse(1).beat()
    Cluster.objects.update(seen_at=database_time("default") - timedelta(minutes=5))
    return worker_lost(plan)


@situation(
    Reason.NO_WORKER_ALIVE,
    "cancelling",
    "comment_run",
    step="one",
    details={"was": "step_overdue", "then": "cancelled"},
    alive=False,
)
def nobody_to_end_it(plan: Plan) -> UUID:
    run_id = executing(plan)
    api.cancel_run(run_id)
    long_ago(run_id)
    return run_id


# --- waiting for a time ------------------------------------------------------------------------------


@situation(
    Reason.WAITING_FOR_TIMER,
    "waiting",
    "cancel_run, comment_run, skip_step nap, rewind_run nap, rewind_run before",
    step="nap",
)
def asleep(plan: Plan) -> UUID:
    return driven(workflows.Sleeps)


@situation(
    Reason.WAITING_FOR_RETRY,
    "retrying",
    "cancel_run, comment_run, retry_step flaky, skip_step flaky, resolve_step flaky, rewind_run flaky",
    step="flaky",
    details={"next_attempt": 2, "failures": 1, "max_attempts": 4},
)
def to_be_tried_again(plan: Plan) -> UUID:
    plan["flaky"] = steps.Busy("out of ink")
    return driven(workflows.Retries)


@situation(
    Reason.DEFERRED,
    "waiting",
    "cancel_run, comment_run, retry_step right, skip_step right, resolve_step right,"
    "rewind_run right, rewind_run load, rewind_run left",
    step="right",
    details={"deferrals": 1, "why": "the paper is late"},
    open={"right": Reason.DEFERRED, "check": Reason.WAITING_FOR_DEPENDENCIES},
)
def deferred(plan: Plan) -> UUID:
    plan["right"] = Defer("the paper is late", hours=1)
    return driven(people.Loops)


# --- failed ------------------------------------------------------------------------------------------


@situation(
    Reason.RETRY_EXHAUSTED,
    "failed",
    "replay_run, comment_run, retry_step flaky, skip_step flaky, resolve_step flaky, rewind_run flaky",
    step="flaky",
    details={"failures": 3, "max_attempts": 3, "outcome": "error"},
    open={"flaky": Reason.RETRY_EXHAUSTED},
)
def tried_too_often(plan: Plan) -> UUID:
    plan["flaky"] = steps.Busy("out of ink")
    return driven(workflows.Picky)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, retry_step two, skip_step two, resolve_step two, rewind_run two,rewind_run one",
    step="two",
    details={"failures": 1, "max_attempts": 1, "outcome": "error"},
    open={"two": Reason.STEP_FAILED},
)
def failed(plan: Plan) -> UUID:
    plan["two"] = steps.Broken("ink")
    return driven(workflows.Chain)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, retry_step flaky, skip_step flaky, resolve_step flaky, rewind_run flaky",
    step="flaky",
    details={"failures": 1, "max_attempts": 3},
)
def failed_for_good_at_once(plan: Plan) -> UUID:
    plan["flaky"] = StepFailed("the printer is gone")
    return driven(workflows.Picky)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, rewind_run only",
    step="only",
    details={"outcome": "bad", "error": {"step": "only", "outcome": "bad"}},
    open={"only": Reason.STEP_FAILED},
)
def went_a_way_that_fails(plan: Plan) -> UUID:
    plan["only"] = Outcome("bad")
    return driven(workflows.Ends)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, rewind_run load, rewind_run left, rewind_run right, rewind_run check",
    step="check",
    details={"outcome": "again"},
)
def went_back_too_often(plan: Plan) -> UUID:
    plan["check"] = lambda ctx: Outcome("again")
    return driven(people.Loops)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, retry_step right, skip_step right, resolve_step right, rewind_run right,"
    "retry_step left, skip_step left, resolve_step left, rewind_run left",
    step="right",
    open={"left": Reason.OUTCOME_UNKNOWN, "right": Reason.STEP_FAILED},
)
def failed_while_another_is_unknown(plan: Plan) -> UUID:
    run_id = failing(plan)
    lost(run_id)
    return run_id


@situation(
    Reason.FAILING,
    "failing",
    "comment_run",
    step="right",
    details={"in_flight": ["left"], "outcome": "error"},
    open={"left": Reason.STEP_RUNNING, "right": Reason.STEP_FAILED},
)
def failing(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Crashes).id
    held = {one[0].name: one for one in (claim(run_id), claim(run_id))}
    settled(held["right"], BUSY)
    return run_id


@situation(
    Reason.PENDING_DISPATCH,
    "running",
    "cancel_run, comment_run, skip_step left, rewind_run left, retry_step right, skip_step right,"
    "resolve_step right, rewind_run right",
    step="left",
    open={"left": Reason.PENDING_DISPATCH, "right": Reason.STEP_FAILED},
)
def reopened_with_a_failure_left(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Crashes).id
    held = {one[0].name: one for one in (claim(run_id), claim(run_id))}
    settled(held["right"], BUSY)
    settled(held["left"], BUSY)
    api.retry_step(run_id, "left")
    return run_id


# --- a person is needed ------------------------------------------------------------------------------


@situation(
    Reason.PAUSED_FOR_MANUAL_ACTION,
    "paused",
    "cancel_run, comment_run, unblock_run ready, skip_step ready, rewind_run ready, rewind_run before",
    step="ready",
    details={"prompt": "Is the warehouse ready?", "who": [{}]},
)
def paused(plan: Plan) -> UUID:
    return driven(people.Holds)


@situation(
    Reason.PAUSED_FOR_MANUAL_ACTION,
    "paused",
    "cancel_run, comment_run, unblock_run gate, skip_step gate, rewind_run gate, rewind_run start,"
    "rewind_run aside",
    step="gate",
    details={"who": [{"permission": "host.change_order", "groups": ["Warehouse"]}]},
)
def paused_for_some(plan: Plan) -> UUID:
    return driven(people.Guards)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run review, skip_step review, rewind_run review, rewind_run load",
    step="review",
    details={
        "prompt": "Fine?",
        "exits": ["approved", "rejected", "later", "changes"],
        "form": "tests.host.people:Terms",
        "form_installed": True,
        "missing": {"approved": 1, "rejected": 1, "later": 1, "changes": 1},
        "nobody_can_decide": False,
        "deadline": None,
    },
    answers={"discount": 3},
)
def to_be_approved(plan: Plan) -> UUID:
    return driven(people.Reviews)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run review, skip_step review, rewind_run review",
    step="review",
    details={"quorum": 2, "rejections": 2, "not_by_starter": True, "unreachable": []},
)
def to_be_approved_by_two(plan: Plan) -> UUID:
    run_id = driven(people.FourEyes, actor=starter())
    voter = person("voter", "squid_mesh.decide_run")
    api.approve_run(run_id, actor=voter)
    return run_id


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run review, skip_step review, rewind_run review",
    step="review",
    details={
        "who": [
            {
                "permission": "host.change_order",
                "groups": ["Finance", "Legal"],
                "assignees": ["username:ada"],
            }
        ]
    },
)
def assigned(plan: Plan) -> UUID:
    return driven(people.Assigned)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run review, skip_step review, rewind_run review",
    step="review",
    details={"on_timeout": "timeout", "escalates_to": None},
)
def to_be_approved_by_a_deadline(plan: Plan) -> UUID:
    return driven(people.Expires)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run review, skip_step review, rewind_run review",
    step="review",
    details={
        "on_timeout": "escalate",
        "escalates_to": {"groups": ["Board"]},
        "who": [{"groups": ["Finance"]}],
    },
)
def to_be_escalated(plan: Plan) -> UUID:
    return driven(people.Escalates)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run review, skip_step review, rewind_run review",
    step="review",
    details={
        "on_timeout": "rejected",
        "escalated": 1,
        "who": [{"groups": ["Finance"]}, {"groups": ["Board"]}],
    },
)
def escalated(plan: Plan) -> UUID:
    run_id = driven(people.Escalates)
    long_due(run_id)
    run_until_idle()
    return run_id


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run left, decide_run right, skip_step left, skip_step right,"
    "rewind_run left, rewind_run right",
    step="left",
    open={"left": Reason.PAUSED_FOR_APPROVAL, "right": Reason.PAUSED_FOR_APPROVAL},
)
def two_to_be_approved(plan: Plan) -> UUID:
    return driven(people.TwoReviews)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_run review, skip_step review, rewind_run review",
    step="review",
    details={
        "nobody_can_decide": True,
        "unreachable": ["approved", "rejected"],
        "who": [{"assignees": ["username:starter"]}],
    },
)
def assigned_to_its_starter_alone(plan: Plan) -> UUID:
    plan["reviewer"] = "starter"
    return driven(people.Sole, actor=starter())


@situation(
    Reason.OUTCOME_UNKNOWN,
    "paused",
    "cancel_run, comment_run, retry_step check, skip_step check, resolve_step check, rewind_run check",
    step="check",
    details={"attempt": 1, "worker": "elsewhere:1", "crashes": 1, "irreversible": False},
    outputs={"check": {"reference": "g1", "amount": 1}},
)
def unknown(plan: Plan) -> UUID:
    run_id = api.start_run(people.Checks).id
    claim(run_id)
    lost(run_id)
    return run_id


@situation(
    Reason.OUTCOME_UNKNOWN,
    "paused",
    "cancel_run, comment_run, retry_step ship, skip_step ship, resolve_step ship, rewind_run ship,"
    "rewind_run load",
    step="ship",
    details={"irreversible": True},
)
def unknown_and_irreversible(plan: Plan) -> UUID:
    run_id = api.start_run(people.Ships).id
    settled(claim(run_id))
    claim(run_id)
    lost(run_id)
    return run_id


@situation(
    Reason.OUTCOME_UNKNOWN,
    "running",
    "cancel_run, comment_run, retry_step left, skip_step left, resolve_step left, rewind_run left",
    step="left",
    open={"left": Reason.OUTCOME_UNKNOWN, "right": Reason.STEP_RUNNING},
)
def unknown_beside_one_that_runs(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Crashes).id
    for _ in range(2):
        claim(run_id)
    StepRun.objects.filter(run_id=run_id, name="left").update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    recover()
    return run_id


@situation(
    Reason.CODE_MISSING,
    "paused",
    "cancel_run, comment_run, skip_step only, resolve_step only, rewind_run only",
    step="only",
    details={"path": "tests.host.steps:act_async", "installed_here": True},
    outputs={"only": "anything"},
)
def code_was_missing(plan: Plan) -> UUID:
    resolve.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(steps, "act_async")
        return driven(workflows.Async)


@situation(
    Reason.CRASH_CAP_REACHED,
    "paused",
    "cancel_run, comment_run, retry_step only, skip_step only, resolve_step only, rewind_run only",
    step="only",
    details={"crashes": 1, "worker": "elsewhere:1"},
)
def parked(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    with override_settings(SQUID_MESH={"CRASH_CAP": 1}):
        lost(run_id)
    return run_id


# --- over --------------------------------------------------------------------------------------------


@situation(
    Reason.CANCELLING,
    "cancelling",
    "comment_run",
    details={"by": "canceller", "why": "a duplicate", "in_flight": ["one"]},
    open={"one": Reason.STEP_RUNNING},
)
def cancelling(plan: Plan) -> UUID:
    run_id = executing(plan)
    api.cancel_run(run_id, actor=person("canceller", "squid_mesh.cancel_run"), reason="a duplicate")
    return run_id


@situation(
    Reason.CANCELLED,
    "cancelled",
    "replay_run, comment_run",
    details={"by": "the order desk", "why": "a duplicate"},
)
def cancelled(plan: Plan) -> UUID:
    run_id = asleep(plan)
    api.cancel_run(run_id, actor="the order desk", reason="a duplicate")
    return run_id


@situation(
    Reason.CANCELLED,
    "cancelled",
    "replay_run, comment_run",
    details={"by": "", "why": ""},
    open={"check": Reason.OUTCOME_UNKNOWN},
)
def cancelled_and_one_unknown(plan: Plan) -> UUID:
    run_id = api.start_run(people.Checks).id
    claim(run_id)
    api.cancel_run(run_id)
    lost(run_id)
    return run_id


@situation(
    Reason.COMPLETED,
    "completed",
    "replay_run, comment_run, rewind_run one, rewind_run two, rewind_run three",
)
def completed(plan: Plan) -> UUID:
    return driven(workflows.Chain)


@situation(
    Reason.COMPLETED,
    "completed",
    "replay_run, comment_run, rewind_run load, rewind_run ship, rewind_run check",
)
def completed_irreversibly(plan: Plan) -> UUID:
    run_id = driven(people.Ships)
    assert seen(run_id).status == "completed"
    return run_id


# --- acting ------------------------------------------------------------------------------------------


def act(
    run_id: UUID,
    offer: api.NextAction,
    actor: Any,
    *,
    exit: str = "",
    output: Any = None,
    answers: Any = None,
) -> None:
    """Do that through the api, as whoever pressed its button would."""
    allow = {"allow_irreversible": bool(offer.irreversible)}
    match offer.action:
        case Action.CANCEL:
            api.cancel_run(run_id, actor=actor)
        case Action.COMMENT:
            api.comment_run(run_id, "seen", actor=actor)
        case Action.REPLAY:
            api.replay_run(run_id, actor=actor, **allow)
        case Action.UNBLOCK:
            api.unblock_run(run_id, step=offer.step, visit=offer.visit, actor=actor)
        case Action.DECIDE:
            api.decide(run_id, exit, step=offer.step, visit=offer.visit, actor=actor, data=answers)
        case Action.RETRY:
            api.retry_step(run_id, offer.step, actor=actor, **allow)
        case Action.SKIP:
            api.skip_step(run_id, offer.step, actor=actor)
        case Action.RESOLVE:
            given = output if exit == "ok" else None
            api.resolve_step(run_id, offer.step, outcome=exit, output=given, actor=actor)
        case Action.REWIND:
            api.rewind_run(run_id, offer.step, actor=actor, **allow)
