"""A crowd of operators acts at random on runs in every state, while workers work and are lost.

No illegal move happens, each success has exactly one audit event, each refusal left nothing behind, and every
run is sound at the end.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from squid_mesh.testing import fast_forward
from tests.host import people, steps, workflows
from tests.host.invariants import assert_consistent
from tests.host.offers import perform
from tests.host.people import person

pytestmark = pytest.mark.django_db(transaction=True)

Act = tuple[Action, Callable[[], Any]]
#: What an operator may hear without anything being wrong.
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
#: Of everything that can be done to a run, what may be missing where few act.
MISSING = 4 if SMALL else 1
SETTINGS = {"CRASH_CAP": 2}


def misbehave(ctx: StepContext) -> Any:
    """What a step does: mostly well, at times not at all."""
    match random.randrange(12):
        case 0:
            raise steps.Busy("as it happens")
        case 1:
            raise Defer("later", seconds=0.05)
        case 2:
            return Outcome("again") if ctx.step in ("check", "look") else None
        case _:
            return None


class Operator:
    """A person, or the host's own code, that does things to runs: half of them by what is offered then."""

    def __init__(self, actor: Any, runs: list[UUID], acts: int) -> None:
        self.actor, self.runs, self.acts = actor, runs, acts
        self.outcomes: Counter[str] = Counter()
        self.succeeded: list[str] = []
        self.refused: list[str] = []
        self.faults: list[Exception] = []

    def run(self) -> None:
        """Act so many times, and remember how each ended."""
        try:
            for _ in range(self.acts):
                self.act(uuid4().hex)
        except Exception as fault:  # noqa: BLE001 - told by the test
            self.faults.append(fault)
        finally:
            connections.close_all()

    def act(self, token: str) -> None:
        # Half of the time they all crowd around the latest few runs.
        run_id = random.choice(self.runs if random.random() < 0.5 else self.runs[-len(self.runs) // 8 :])
        name, call = random.choice((self.offered, self.possible))(run_id, token)
        try:
            call()
        except REFUSALS as refusal:
            self.refused.append(token)
            self.outcomes[f"{name}: {refusal.code}"] += 1
        else:
            self.succeeded.append(token)
            self.outcomes[name] += 1

    def offered(self, run_id: UUID, token: str) -> Act:
        """What the explanation offers, whatever the moment; somebody else may be faster."""
        told = api.explain_run(run_id, user=self.actor if isinstance(self.actor, User) else None)
        offers = [offer for offer in told.next_actions if offer.permitted is not False]
        kinds = {offer.action for offer in offers} - {Action.CANCEL}  # which leaves nothing else to do
        kind = min(sorted(kinds), key=lambda kind: self.outcomes[kind])  # what they have done least
        offer = random.choice([offer for offer in offers if offer.action is kind])
        exit = random.choice(offer.exits or ("",))
        answers = {"discount": 1} if offer.step == "review" and exit == "approved" else None
        output = {"reference": "g", "amount": 1} if offer.step == "check" else None
        if kind is Action.REPLAY:
            return kind, lambda: self.replay(run_id, allow_irreversible=True, actor=self.actor, reason=token)
        given: dict[str, Any] = {"exit": exit, "answers": answers, "output": output, "reason": token}
        return kind, lambda: perform(run_id, offer, self.actor, **given)

    def possible(self, run_id: UUID, token: str) -> Act:
        """Anything there is, legal or not, with a token by which the audit will know it."""
        step = random.choice(list(StepRun.objects.filter(run_id=run_id).values_list("name", flat=True)))
        by: dict[str, Any] = {"actor": self.actor, "reason": token}
        word: dict[str, Any] = {"actor": self.actor, "comment": token}
        named = random.choice((None, step))
        anyway = random.random() < 0.5
        form = {"discount": 1} if step == "review" and random.random() < 0.5 else None
        exit = random.choice(("later", "changes", "timeout", "approved"))
        if random.random() < 0.02:
            return Action.CANCEL, lambda: api.cancel_run(run_id, **by)
        anything: list[Act] = [
            (Action.UNBLOCK, lambda: api.unblock_run(run_id, step=named, **by)),
            (Action.DECIDE, lambda: api.approve_run(run_id, step=named, data=form, **word)),
            (Action.DECIDE, lambda: api.reject_run(run_id, step=named, **word)),
            (Action.DECIDE, lambda: api.decide_approval(run_id, exit, **word)),
            (Action.COMMENT, lambda: api.comment_run(run_id, token, actor=self.actor, step=named or "")),
            (Action.RETRY, lambda: api.retry_step(run_id, step, allow_irreversible=anyway, **by)),
            (Action.SKIP, lambda: api.skip_step(run_id, step, **by)),
            (Action.RESOLVE, lambda: api.resolve_step(run_id, step, **by)),
            (Action.RESOLVE, lambda: api.resolve_step(run_id, step, outcome="error", **by)),
            (Action.REWIND, lambda: api.rewind_run(run_id, step, allow_irreversible=anyway, **by)),
            (Action.REPLAY, lambda: self.replay(run_id, allow_irreversible=anyway, **by)),
        ]
        return random.choice(anything)

    def replay(self, run_id: UUID, **options: Any) -> None:
        """Its replay joins the runs that everybody acts on."""
        self.runs.append(api.replay_run(run_id, **options).id)


@contextmanager
def watched_moves() -> Iterator[Counter[tuple[str, Any, Any]]]:
    """Every move that observers hear of."""
    heard: Counter[tuple[str, Any, Any]] = Counter()

    def hear_run(sender: Any, **facts: Any) -> None:
        heard["run", facts["before"], facts["after"]] += 1

    def hear_step(sender: Any, **facts: Any) -> None:
        heard["step", facts["before"], facts["after"]] += 1

    signals.run_moved.connect(hear_run)
    signals.step_moved.connect(hear_step)
    try:
        yield heard
    finally:
        signals.run_moved.disconnect(hear_run)
        signals.step_moved.disconnect(hear_step)


def lose_some(stop: threading.Event) -> None:
    """A worker that claims now and then and is never heard of again; deadlines and retries come early."""
    try:
        while not stop.wait(0.05):
            backend_of("default").claim_due_step(worker="lost:1", token=uuid4(), lease=0.05)
            fast_forward(random.choice(list(Run.objects.values_list("pk", flat=True)[:RUNS])))
    finally:
        connections.close_all()


def crowd() -> list[Any]:
    """Chiefs, clerks with little power, and the host's own code."""
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
def test_whatever_a_crowd_of_operators_does_runs_stay_sound() -> None:
    steps.PLAN.clear()
    for name in ("load", "left", "right", "look", "check", "one", "two", "flaky", "before", "ship", "start"):
        steps.PLAN[name] = misbehave
    runs = [api.start_run(WORKFLOWS[n % len(WORKFLOWS)], actor="campaign").id for n in range(RUNS)]
    operators = [Operator(actor, runs, ACTS) for actor in crowd()]
    threads = [threading.Thread(target=operator.run) for operator in operators]
    stop = threading.Event()
    loser = threading.Thread(target=lose_some, args=(stop,))
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
    assert not [fault for operator in operators for fault in operator.faults]
    assert not [move for move in moves if not legal(*move)], "an illegal move"
    assert_told(operators)
    for run_id in Run.objects.values_list("pk", flat=True):
        assert_consistent(run_id)
    outcomes = sum((operator.outcomes for operator in operators), Counter())
    missing = [action for action in Action if not outcomes[action]]
    assert len(missing) <= MISSING, f"nobody did {missing}: {outcomes}"
    assert sum(count for name, count in outcomes.items() if ":" in name) > ACTS, f"few refusals: {outcomes}"


def assert_told(operators: list[Operator]) -> None:
    """One event for each success, none for a refusal; no decision without its event."""
    told = Counter(
        AuditEvent.objects.exclude(type="run_started").exclude(comment="").values_list("comment", flat=True)
    )
    words = Counter(Decision.objects.values_list("comment", flat=True))
    for operator in operators:
        assert all(told[token] == 1 for token in operator.succeeded)
        assert not any(told[token] or words[token] for token in operator.refused)
    assert all(told[token] == 1 for token in words)
    assert sum(told.values()) == sum(len(operator.succeeded) for operator in operators)


def test_the_audit_of_the_campaign_can_fail() -> None:
    """A negative control: a success that nobody recorded is seen, and a refusal that left a trace."""
    run_id = api.start_run(workflows.Chain).id
    quiet, loud = Operator("quiet", [run_id], 0), Operator("loud", [run_id], 0)
    assert_told([quiet, loud])
    quiet.succeeded.append("never written")
    with pytest.raises(AssertionError):
        assert_told([quiet])
    api.comment_run(run_id, "written all the same", actor="loud")
    loud.refused.append("written all the same")
    with pytest.raises(AssertionError):
        assert_told([loud])
    Run.objects.filter(pk=run_id).update(status="running")
    StepRun.objects.filter(run_id=run_id).update(status="waiting")
    with pytest.raises(AssertionError):
        assert_consistent(run_id)
