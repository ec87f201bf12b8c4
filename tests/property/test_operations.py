"""Any graph, two workers and an operator, in any order: after each move the run is as the rules say.

One process, one database connection: hypothesis draws which worker or operator makes the next move, and the
engine's functions are called step by step. Every case can be repeated from what hypothesis prints.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import override_settings
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from squid_mesh import api, conf
from squid_mesh.actions import Action
from squid_mesh.engine.claim import claim_next
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.settle.results import Done
from squid_mesh.engine.worker.invoke import invoke
from squid_mesh.exceptions import AlreadyDecided, IllegalAction, IrreversibleSteps
from squid_mesh.models import Attempt, Run, StepRun
from squid_mesh.store.values import Claim
from tests.host.invariants import assert_consistent
from tests.host.runs import fast_forward, run_until_idle
from tests.property import operations_oracle as oracle
from tests.property.cases import blueprint_of, started
from tests.property.operations_oracle import Choice, Model, Visit
from tests.property.oracle import Arrow, Case, Node

LABELS = ("ok", "ok", "error", "left", "right", "rejected")
#: Each operation of the model with the action that operators know.
ACTIONS = {
    Action.CANCEL: "cancel",
    Action.UNBLOCK: "resume",
    Action.DECIDE: "decide",
    Action.RETRY: "retry",
    Action.SKIP: "skip",
    Action.RESOLVE: "resolve",
    Action.REWIND: "rewind",
}
#: What few cases offer comes first: hypothesis prefers the first of several.
RARE = ("decide", "resume", "retry", "resolve", "rewind", "skip")
MOVES = 150


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a graph of two to six steps with rewinds, approvals, pauses and irreversible steps."""
    names = [f"s{n}" for n in range(draw(st.integers(2, 6)))]
    arrows: set[Arrow] = set()
    for position, target in enumerate(names[1:], start=1):
        for source in draw(st.lists(st.sampled_from(names[:position]), max_size=3)):
            arrows.add(Arrow(source, draw(st.sampled_from(LABELS)), target))
    for source in draw(st.lists(st.sampled_from(names), max_size=2)):
        end = draw(st.sampled_from(("complete", "complete", "fail")))
        arrows.add(Arrow(source, draw(st.sampled_from(LABELS)), end))
    case = Case([Node(name) for name in names], sorted(arrows, key=repr))
    arrows |= draw(_rewinds(case))
    return Case([draw(_nodes(name)) for name in names], draw(st.permutations(sorted(arrows, key=repr))))


@st.composite
def _rewinds(draw: st.DrawFn, case: Case) -> set[Arrow]:
    """Draw rewinds by labels that only scripts and operators choose, so that no loop is endless."""
    model, found = Model(case), {}
    for source in draw(st.lists(st.sampled_from([node.name for node in case.nodes]), max_size=2)):
        label = draw(st.sampled_from(("left", "again")))
        target = draw(st.sampled_from([n.name for n in case.nodes if source in model.after(n.name)]))
        if not any(arrow.label == label for arrow in case.leaving(source)):
            limit = draw(st.sampled_from((None, 2, 3)))
            found[source, label] = Arrow(source, label, target, rewind=True, max_visits=limit)
    return set(found.values())


@st.composite
def _nodes(draw: st.DrawFn, name: str) -> Node:
    moves = ("ok", "raise", "give up", "approval", "defer", "pause", "left", "again")
    return Node(
        name=name,
        join=draw(st.sampled_from(("all", "any", "first"))),
        guard=draw(st.sampled_from((None, None, None, True, False))),
        max_attempts=draw(st.integers(1, 2)),
        script=draw(st.lists(st.sampled_from(moves), min_size=draw(st.integers(0, 2)), max_size=4)),
        irreversible=draw(st.sampled_from((False, False, True))),
        on_crash=draw(st.sampled_from(("retry", "retry", "pause"))),
        quorum=draw(st.sampled_from((1, 1, 2))),
    )


@dataclass
class Held:
    """A claim that a worker believes to hold, the run as the worker knows it, and the model's visit."""

    claim: Claim
    memory: RunMemory
    visit: Visit


@dataclass
class Comparison:
    """The run's rows beside the model."""

    run_id: UUID
    model: Model

    def rows(self) -> None:
        """Assert that the run and its steps are the model's."""
        run = Run.objects.get(pk=self.run_id)
        assert run.status == self.model.run
        failed = run.status in ("failing", "failed")
        assert (run.error["step"] in self.model.failed_by) if failed else (run.error is None)
        columns = ("name", "visit", "current", "status", "waiting_for", "outcome", "failures", "crashes")
        rows = StepRun.objects.filter(run_id=self.run_id).values_list(*columns)
        assert sorted(rows) == sorted(
            (v.name, v.number, v.current, v.status, v.waiting_for, _label(v), v.failures, v.crashes)
            for v in self.model.visits
        )

    def history(self) -> None:
        """Assert that the attempts are the model's, and that the run's rows agree with each other."""
        found: dict[tuple[str, int], list[str]] = defaultdict(list)
        attempts = Attempt.objects.filter(step__run_id=self.run_id).order_by("number")
        for name, number, outcome in attempts.values_list("step__name", "step__visit", "outcome"):
            found[name, number].append(outcome)
        assert found == {(v.name, v.number): v.attempts for v in self.model.visits if v.attempts}
        assert_consistent(self.run_id)


class Schedule:
    """Two workers and an operator on one run: each move is drawn, made, and compared with the model."""

    def __init__(self, data: st.DataObject, run_id: UUID, case: Case, people: list[User]) -> None:
        self._data, self._run_id, self._people = data, run_id, people
        self.model = Model(case)
        self._comparison = Comparison(run_id, self.model)
        self._held: list[Held] = []
        self._lost: list[Held] = []
        self._operations = data.draw(st.integers(2, 12), label="operations")
        self._crashes = 3

    def move(self) -> bool:
        """Make one move of a worker or the operator; return False if there is none left."""
        possible = [name for name, there in self._possible().items() if there]
        if not possible:
            return False
        if (
            "operate" in possible
            and self._needs_a_person()
            and self._data.draw(st.booleans(), label="at once")
        ):
            possible = ["operate"]
        getattr(self, self._draw(possible, "move"))()
        self._drop_lost()
        self._comparison.rows()
        return True

    def _draw(self, among: Any, label: str) -> Any:
        return self._data.draw(st.sampled_from(list(among)), label=label)

    def _possible(self) -> dict[str, bool]:
        return {
            "settle": bool(self._held),
            "claim": len(self._held) < 2 and bool(self._due()),
            "lose": bool(self._held) and self._crashes > 0,
            "settle_late": bool(self._lost),
            "operate": self._operations > 0,
        }

    def _needs_a_person(self) -> bool:
        return any(choice.action in ("decide", "resume", "resolve") for choice in self.model.legal())

    def _due(self) -> list[str]:
        return [v.name for v in self.model.current.values() if v.status in ("ready", "waiting")]

    # --- workers ---

    def claim(self) -> None:
        """Claim any step that is due or will be."""
        name = self._draw(sorted(self._due()), "claims")
        fast_forward(self._run_id)
        StepRun.objects.filter(run_id=self._run_id, name=name, current=True).update(
            due_at=F("due_at") - timedelta(days=1000)  # before the steps of other runs
        )
        found = claim_next("worker", conf.current())
        assert found is not None
        assert (found.claim.run_id, found.claim.name) == (self._run_id, name)
        self._hold(found.claim, RunMemory.open(found.head, "default"))

    def _hold(self, claim: Claim, memory: RunMemory) -> None:
        memory.load_ancestors(claim.name, "default")
        self._held.append(Held(claim, memory, self.model.claim(claim.name)))

    def settle(self) -> None:
        """Execute a claimed step and settle it; the worker may continue with the run's next step."""
        held = self._held.pop(self._data.draw(st.integers(0, len(self._held) - 1), label="settles"))
        invocation = invoke(held.claim, held.memory)
        go_on = self._data.draw(st.booleans(), label="continues")
        following = settle_and_claim_next(
            Execution(
                claim=held.claim,
                memory=held.memory,
                result=invocation.result,
                given=invocation.given,
                go_on=go_on,
            )
        )
        self.model.settle(held.visit)
        if following is not None:
            assert go_on
            self._hold(following, held.memory)

    def lose(self) -> None:
        """A worker's lease ends while it has a step."""
        held = self._held.pop(self._data.draw(st.integers(0, len(self._held) - 1), label="loses"))
        self._crashes -= 1
        StepRun.objects.filter(pk=held.claim.step_id).update(lease_until=F("lease_until") - timedelta(days=1))
        assert recover_lost_steps() == 1
        self.model.lose(held.visit)
        self._lost.append(held)

    def settle_late(self) -> None:
        """A worker that lost its lease settles: nothing changes."""
        held = self._lost.pop(self._data.draw(st.integers(0, len(self._lost) - 1), label="settles late"))
        late = Execution(
            claim=held.claim, memory=held.memory, result=Done("ok", {"late": True}), given=None, go_on=True
        )
        assert settle_and_claim_next(late) is None

    def _drop_lost(self) -> None:
        """Move the claims that a rewind took from a worker to the lost ones."""
        self._lost += [held for held in self._held if held.visit.status != "running"]
        self._held = [held for held in self._held if held.visit.status == "running"]

    # --- the operator ---

    def operate(self) -> None:
        """The operator does one of the legal things; what is legal is what the model says."""
        self._operations -= 1
        choices = self.model.legal()
        offered = [
            Choice(ACTIONS[offer.action], offer.step, offer.exits, offer.irreversible)
            for offer in api.explain_run(self._run_id).next_actions
            if offer.action in ACTIONS
        ]
        assert {(c.action, c.step, frozenset(c.exits), frozenset(c.irreversible)) for c in offered} == {
            (c.action, c.step, frozenset(c.exits), frozenset(c.irreversible)) for c in choices
        }
        kinds = sorted({choice.action for choice in choices} - {"cancel"}, key=RARE.index)
        if not choices:
            return
        if not kinds or self._data.draw(st.integers(0, 19), label="cancels") == 7:
            kinds = ["cancel"] if self.model.run in oracle.ACTIVE else kinds
        if self._needs_a_person() and self._data.draw(st.booleans(), label="what is needed"):
            kinds = [kind for kind in kinds if kind not in ("rewind", "skip")] or kinds
        kind = self._draw(kinds, "kind")
        choice = self._draw([choice for choice in choices if choice.action == kind], "operation")
        event(f"operation {choice.action}")
        getattr(self, f"_{choice.action}")(choice)

    def _cancel(self, choice: Choice) -> None:
        api.cancel_run(self._run_id, actor="operator")
        self.model.cancel()

    def _retry(self, choice: Choice) -> None:
        if choice.irreversible:
            with pytest.raises(IrreversibleSteps):
                api.retry_step(self._run_id, choice.step)
        api.retry_step(self._run_id, choice.step, allow_irreversible=bool(choice.irreversible))
        self.model.retry(choice.step)

    def _skip(self, choice: Choice) -> None:
        api.skip_step(self._run_id, choice.step)
        self.model.skip(choice.step)

    def _resolve(self, choice: Choice) -> None:
        label = self._draw(choice.exits, "outcome")
        api.resolve_step(self._run_id, choice.step, outcome=label)
        self.model.resolve(choice.step, label)

    def _resume(self, choice: Choice) -> None:
        api.unblock_run(self._run_id, step=choice.step)
        self.model.resume(choice.step)

    def _rewind(self, choice: Choice) -> None:
        if choice.irreversible:
            with pytest.raises(IrreversibleSteps):
                api.rewind_run(self._run_id, choice.step)
        api.rewind_run(self._run_id, choice.step, allow_irreversible=bool(choice.irreversible))
        self.model.rewind(choice.step)

    def _decide(self, choice: Choice) -> None:
        exit = self._draw(choice.exits, "exit")
        voter = self._people[len(self.model.current[choice.step].votes)]
        api.decide_approval(self._run_id, exit, step=choice.step, actor=voter)
        self.model.decide(choice.step, exit)
        with pytest.raises((AlreadyDecided, IllegalAction)):
            api.decide_approval(self._run_id, exit, step=choice.step, actor=voter)


def _label(visit: Visit) -> str:
    return (visit.label or "") if visit.status in ("completed", "failed", "bypassed") else ""


@pytest.mark.property
@pytest.mark.django_db
@override_settings(SQUID_MESH={"CRASH_CAP": oracle.CRASH_CAP})
@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # to explain takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases(), data=st.data())
def test_two_workers_and_an_operator_leave_the_run_as_the_rules_say(case: Case, data: st.DataObject) -> None:
    people = [User.objects.get_or_create(username=f"voter {n}", is_superuser=True)[0] for n in range(6)]
    with started(case) as run_id:
        schedule = Schedule(data, run_id, case, people)
        for _ in range(MOVES):
            if not schedule.move():
                break
        Comparison(run_id, schedule.model).history()
        event(f"run {schedule.model.run}")
        event(f"sequential {blueprint_of(case).is_sequential}")


@pytest.mark.django_db
def test_the_comparison_can_fail() -> None:
    """A negative control: a model of another join, and one that misses an operation, differ from the rows."""
    nodes = [Node("a"), Node("b", script=["left"])]
    arrows = [Arrow("a", "ok", "c"), Arrow("b", "ok", "c")]
    case, other = (Case([*nodes, Node("c", join=join)], arrows) for join in ("all", "any"))
    with started(case) as run_id:
        run_until_idle()
        models = Model(case), Model(other)
        for model in models:
            for name in ("a", "b"):
                model.settle(model.claim(name))
        right, wrong = (Comparison(run_id, model) for model in models)
        right.rows()
        right.history()
        with pytest.raises(AssertionError):
            wrong.rows()
        api.rewind_run(run_id, "b")
        with pytest.raises(AssertionError):
            right.rows()
