"""Many operators act at random on runs in every status, while workers execute steps and die.

No illegal move happens, each success has exactly one audit event, each refusal writes nothing, and at the end
every run's rows agree with each other.

The seed fixes what each operator draws. Threads still take turns in an order of their own, so a seed repeats
the choices, not the schedule.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import override_settings

from squid_mesh import Defer, Outcome, StepContext, api, signals
from squid_mesh.actions import Action
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.worker.slice import work_for
from squid_mesh.exceptions import (
    FormError,
    IllegalAction,
    InvalidArgument,
    IrreversibleSteps,
    NotPermitted,
    StepNotFound,
)
from squid_mesh.lifecycle import MANUAL_RUN_MOVES, MANUAL_STEP_MOVES, RUN_MOVES, STEP_MOVES
from squid_mesh.models import AuditEvent, Decision, Run, StepRun
from squid_mesh.store.backend import backend_of
from tests.host import people, steps, workflows
from tests.host.invariants import assert_consistent
from tests.host.offers import perform
from tests.host.people import person
from tests.host.runs import fast_forward

pytestmark = pytest.mark.django_db(transaction=True)

Act = tuple[Action, Callable[[], Any]]
#: Refusals that operators may get.
REFUSALS = (IllegalAction, InvalidArgument, IrreversibleSteps, NotPermitted, StepNotFound, FormError)
WORKFLOWS = (
    people.Holds,
    people.Guards,
    people.Reviews,
    people.FourEyes,
    people.Expires,
    people.Escalates,
    people.TwoReviews,
    people.Loops,
    people.LoopsOneSide,
    people.Ships,
    people.Checks,
    workflows.Chain,
    workflows.Spread,
    workflows.Retries,
    workflows.Crashes,
    workflows.Aside,
)
SMALL = connection.vendor == "sqlite"
RUNS, OPERATORS, ACTS = (32, 4, 40) if SMALL else (200, 20, 120)
#: How many kinds of action may be missing where few operators act.
MISSING = 4 if SMALL else 1
SETTINGS = {"CRASH_CAP": 2}


def misbehave(ctx: StepContext, chance: random.Random) -> Any:
    """Succeed mostly; at times fail, defer or go back."""
    match chance.randrange(12):
        case 0:
            raise steps.Busy("as it happens")
        case 1:
            raise Defer("later", seconds=0.05)
        case 2:
            return Outcome("again") if ctx.step in ("check", "look") else None
        case _:
            return None


class Operator:
    """A user, or the project's own code, that acts on runs; half of the actions are those offered then."""

    def __init__(self, actor: Any, runs: list[UUID], acts: int, seed: str = "") -> None:
        self.actor, self.runs, self.acts = actor, runs, acts
        self.chance = random.Random(f"{seed} {actor}")
        self.outcomes: Counter[str] = Counter()
        self.succeeded: list[str] = []
        self.refused: list[str] = []
        self.errors: list[Exception] = []

    def run(self) -> None:
        """Act ``acts`` times, and record how each action ended."""
        try:
            for n in range(self.acts):
                self.act(f"{self.actor} {n} {self.chance.getrandbits(64):x}")
        except Exception as error:  # noqa: BLE001 - the test reports it
            self.errors.append(error)
        finally:
            connections.close_all()

    def act(self, token: str) -> None:
        # Half of the time all operators act on the latest few runs.
        run_id = self.chance.choice(
            self.runs if self.chance.random() < 0.5 else self.runs[-len(self.runs) // 8 :]
        )
        name, call = self.chance.choice((self.offered, self.possible))(run_id, token)
        try:
            call()
        except REFUSALS as refusal:
            self.refused.append(token)
            self.outcomes[f"{name}: {refusal.code}"] += 1
        else:
            self.succeeded.append(token)
            self.outcomes[name] += 1

    def offered(self, run_id: UUID, token: str) -> Act:
        """Return an action that the explanation offers now; another operator may be faster."""
        explanation = api.explain_run(run_id, user=self.actor if isinstance(self.actor, User) else None)
        offers = [offer for offer in explanation.next_actions if offer.permitted is not False]
        kinds = {offer.action for offer in offers} - {Action.CANCEL}  # after which nothing else can be done
        kind = min(sorted(kinds), key=lambda kind: self.outcomes[kind])  # the kind done least so far
        offer = self.chance.choice([offer for offer in offers if offer.action is kind])
        exit = self.chance.choice(offer.exits or ("",))
        answers = {"discount": 1} if offer.step == "review" and exit == "approved" else None
        output = {"reference": "g", "amount": 1} if offer.step == "check" else None
        if kind is Action.REPLAY:
            return kind, lambda: self.replay(run_id, allow_irreversible=True, actor=self.actor, reason=token)
        given: dict[str, Any] = {"exit": exit, "answers": answers, "output": output, "reason": token}
        return kind, lambda: perform(run_id, offer, self.actor, **given)

    def possible(self, run_id: UUID, token: str) -> Act:
        """Return any action, legal or not, with a token as its reason or comment."""
        step = self.chance.choice(list(StepRun.objects.filter(run_id=run_id).values_list("name", flat=True)))
        by: dict[str, Any] = {"actor": self.actor, "reason": token}
        vote: dict[str, Any] = {"actor": self.actor, "comment": token}
        named = self.chance.choice((None, step))
        anyway = self.chance.random() < 0.5
        form = {"discount": 1} if step == "review" and self.chance.random() < 0.5 else None
        exit = self.chance.choice(("later", "changes", "timeout", "approved"))
        if self.chance.random() < 0.02:
            return Action.CANCEL, lambda: api.cancel_run(run_id, **by)
        anything: list[Act] = [
            (Action.UNBLOCK, lambda: api.unblock_run(run_id, step=named, **by)),
            (Action.DECIDE, lambda: api.approve_run(run_id, step=named, data=form, **vote)),
            (Action.DECIDE, lambda: api.reject_run(run_id, step=named, **vote)),
            (Action.DECIDE, lambda: api.decide_approval(run_id, exit, **vote)),
            (Action.COMMENT, lambda: api.comment_run(run_id, token, actor=self.actor, step=named or "")),
            (Action.RETRY, lambda: api.retry_step(run_id, step, allow_irreversible=anyway, **by)),
            (Action.SKIP, lambda: api.skip_step(run_id, step, **by)),
            (Action.RESOLVE, lambda: api.resolve_step(run_id, step, **by)),
            (Action.RESOLVE, lambda: api.resolve_step(run_id, step, outcome="error", **by)),
            (Action.REWIND, lambda: api.rewind_run(run_id, step, allow_irreversible=anyway, **by)),
            (Action.REPLAY, lambda: self.replay(run_id, allow_irreversible=anyway, **by)),
        ]
        return self.chance.choice(anything)

    def replay(self, run_id: UUID, **options: Any) -> None:
        """Replay the run, and add the replay to the runs that all operators act on."""
        self.runs.append(api.replay_run(run_id, **options).id)


@contextmanager
def watched_moves() -> Iterator[Counter[tuple[str, Any, Any]]]:
    """Count the moves that the signals announce."""
    counted: Counter[tuple[str, Any, Any]] = Counter()

    def count_run(sender: Any, **facts: Any) -> None:
        counted["run", facts["before"], facts["after"]] += 1

    def count_step(sender: Any, **facts: Any) -> None:
        counted["step", facts["before"], facts["after"]] += 1

    signals.run_moved.connect(count_run)
    signals.step_moved.connect(count_step)
    try:
        yield counted
    finally:
        signals.run_moved.disconnect(count_run)
        signals.step_moved.disconnect(count_step)


def lose_some(stop: threading.Event, chance: random.Random) -> None:
    """Claim steps as a worker that dies; make the deadlines and retries of some runs due."""
    try:
        while not stop.wait(0.05):
            backend_of("default").claim_due_step(worker="lost:1", token=uuid4(), lease=0.05)
            fast_forward(chance.choice(list(Run.objects.values_list("pk", flat=True)[:RUNS])))
    finally:
        connections.close_all()


def crowd() -> list[Any]:
    """Return superusers, users with few permissions, and names of the project's own programs."""
    chiefs = [User.objects.create_superuser(f"chief{n}") for n in range(OPERATORS // 2)]
    for chief in chiefs:
        chief.groups.add(*person(f"of {chief}", groups=("Finance", "Board", "Warehouse")).groups.all())
    rights = ("squid_mesh.decide_approval", "squid_mesh.comment_run", "squid_mesh.rewind_run")
    clerks = [person(f"clerk{n}", *rights) for n in range(OPERATORS // 4)]
    programs = [f"program {n}" for n in range(OPERATORS - len(chiefs) - len(clerks))]
    return [*chiefs, *clerks, *programs]


def legal(kind: str, before: Any, after: Any) -> bool:
    if before is None:
        return True
    if kind == "run":
        return after in RUN_MOVES[before] or after in MANUAL_RUN_MOVES.get(before, ())
    return after in STEP_MOVES[before] or after in MANUAL_STEP_MOVES.get(before, ())


@override_settings(SQUID_MESH=SETTINGS)
@pytest.mark.timeout(120)
def test_runs_stay_consistent_whatever_many_operators_do(seed: int) -> None:
    steps.PLAN.clear()
    chance = random.Random(seed)
    for name in ("load", "left", "right", "look", "check", "one", "two", "flaky", "before", "ship", "start"):
        steps.PLAN[name] = partial(misbehave, chance=chance)
    runs = [api.start_run(WORKFLOWS[n % len(WORKFLOWS)], actor="campaign").id for n in range(RUNS)]
    operators = [Operator(actor, runs, ACTS, str(seed)) for actor in crowd()]
    threads = [threading.Thread(target=operator.run) for operator in operators]
    stop = threading.Event()
    loser = threading.Thread(target=lose_some, args=(stop, random.Random(seed + 1)))
    with watched_moves() as moves:
        work_for(1.0)
        for thread in (*threads, loser):
            thread.start()
        until = time.monotonic() + 40
        while any(thread.is_alive() for thread in threads) and time.monotonic() < until:
            recover_lost_steps()
            work_for(0.2)
        stop.set()
        for thread in (*threads, loser):
            thread.join()
    assert not [error for operator in operators for error in operator.errors]
    assert not [move for move in moves if not legal(*move)], "an illegal move"
    assert_audited(operators)
    for run_id in Run.objects.values_list("pk", flat=True):
        assert_consistent(run_id)
    outcomes = sum((operator.outcomes for operator in operators), Counter())
    missing = [action for action in Action if not outcomes[action]]
    assert len(missing) <= MISSING, f"missing: {missing}: {outcomes}"
    assert sum(count for name, count in outcomes.items() if ":" in name) > ACTS, f"few refusals: {outcomes}"


def assert_audited(operators: list[Operator]) -> None:
    """Assert one event for each success, none for a refusal, and an event for each vote."""
    events = Counter(
        AuditEvent.objects.exclude(type="run_started").exclude(comment="").values_list("comment", flat=True)
    )
    votes = Counter(Decision.objects.values_list("comment", flat=True))
    for operator in operators:
        assert all(events[token] == 1 for token in operator.succeeded)
        assert not any(events[token] or votes[token] for token in operator.refused)
    assert all(events[token] == 1 for token in votes)
    assert sum(events.values()) == sum(len(operator.succeeded) for operator in operators)


def test_the_audit_of_the_campaign_can_fail() -> None:
    """A negative control: the audit sees a success without an event, and a refusal that left one."""
    run_id = api.start_run(workflows.Chain).id
    quiet, loud = Operator("quiet", [run_id], 0), Operator("loud", [run_id], 0)
    assert_audited([quiet, loud])
    quiet.succeeded.append("never written")
    with pytest.raises(AssertionError):
        assert_audited([quiet])
    api.comment_run(run_id, "written all the same", actor="loud")
    loud.refused.append("written all the same")
    with pytest.raises(AssertionError):
        assert_audited([loud])
    Run.objects.filter(pk=run_id).update(status="running")
    StepRun.objects.filter(run_id=run_id).update(status="waiting")
    with pytest.raises(AssertionError):
        assert_consistent(run_id)
