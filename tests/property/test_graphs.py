"""Any graph with any outcomes, executed by workers in any order, ends as the rules say."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import F
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from squid_mesh.api import inspect_run
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.settle.results import Done
from squid_mesh.engine.worker.invoke import invoke
from squid_mesh.graph.advance import follow
from squid_mesh.graph.ended import fails_run
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.lifecycle import OPEN_STEP
from squid_mesh.models import StepRun
from squid_mesh.store.backend import backend_of
from squid_mesh.store.values import Claim
from tests.host.runs import fast_forward, run_until_idle
from tests.property.cases import blueprint_of, started
from tests.property.oracle import Arrow, Case, Expected, Node, interpret, undecided

LABELS = ("ok", "error", "left", "right")
#: What ends a script: a label, or failing for good.
ENDS = ("ok", "ok", "ok", "left", "right", "give up")
OPEN = {status.value for status in OPEN_STEP}

on_database = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# --- cases -------------------------------------------------------------------------------------------


@st.composite
def cases(draw: st.DrawFn, *, sequential: bool = False) -> Case:
    """Draw a graph of two to eight steps, with a script for each."""
    names = [f"s{n}" for n in range(draw(st.integers(2, 8)))]
    arrows: set[Arrow] = set()
    used: set[tuple[str, str]] = set()
    for position, target in enumerate(names[1:], start=1):
        least = 1 if sequential else 0
        for source in draw(st.lists(st.sampled_from(names[:position]), min_size=least, max_size=3)):
            label = draw(st.sampled_from(("ok", *LABELS)))
            if sequential and (source, label) in used:
                continue
            used.add((source, label))
            arrows.add(Arrow(source, label, target))
        if sequential and not any(arrow.target == target for arrow in arrows):
            # Each step has an ok way at most once, so a label of its own keeps the graph sequential.
            arrows.add(Arrow(names[position - 1], f"to {target}", target))
    for source in draw(st.lists(st.sampled_from(names), max_size=2)):
        label, end = draw(st.sampled_from(LABELS)), draw(st.sampled_from(("complete", "complete", "fail")))
        if not (sequential and (source, label) in used):
            used.add((source, label))
            arrows.add(Arrow(source, label, end))
    if not sequential and draw(st.booleans()):
        # Runs that complete are compared in full.
        arrows = {arrow for arrow in arrows if arrow.target != "fail"}
        arrows |= {Arrow(name, "error", "complete") for name in names}
    ends = ENDS if not sequential else ("ok", "give up", "give up", "give up")
    nodes = [draw(_nodes(name, arrows, ends)) for name in names]
    order = draw(st.permutations(sorted(arrows, key=repr)))
    return Case(nodes, order)


@st.composite
def _nodes(draw: st.DrawFn, name: str, arrows: set[Arrow], ends: tuple[str, ...]) -> Node:
    own = sorted({a.label for a in arrows if a.source == name} - {"error"})
    moves = draw(st.lists(st.sampled_from(("raise", "defer")), max_size=3))
    return Node(
        name=name,
        join=draw(st.sampled_from(("all", "any", "first"))),
        guard=draw(st.sampled_from((None, None, None, True, False))),
        max_attempts=draw(st.integers(1, 3)),
        script=(*moves, draw(st.sampled_from((*own, *ends)))),
    )


# --- executing them ----------------------------------------------------------------------------------


def check(case: Case, expected: Expected, run: RunSnapshot) -> None:
    """Assert that the run has finished as the oracle says."""
    assert run.status.value == expected.run
    statuses = {step.name: step.status.value for step in run.steps}
    attempts = {step.name: [a.outcome for a in step.attempts] for step in run.steps}
    attempts = {name: [o for o in own if o != "interrupted"] for name, own in attempts.items()}
    assert not set(statuses.values()) & OPEN
    if expected.run == "completed":
        assert statuses == expected.statuses
        assert attempts == expected.attempts
        return
    # How far the others came when it failed is a matter of order; that they went no other way is not.
    for name, status in statuses.items():
        assert status in (expected.statuses.get(name), "cancelled", "pending")
        begun = attempts[name]
        assert begun == expected.attempts.get(name, [])[: len(begun)]
    culprits = {name for name in expected.culprits if statuses[name] == expected.statuses[name]}
    assert run.error is not None
    assert run.error["step"] in culprits
    for arrow_free in (node.name for node in case.nodes if not case.entering(node.name)):
        assert statuses[arrow_free] != "pending", "an entry has its row from the start"


def assert_ended_in_order(case: Case, run: RunSnapshot) -> None:
    """Assert that every step that ran has a source that had finished."""
    by_name = {step.name: step for step in run.steps}
    for step in run.steps:
        if step.status.value in ("pending", "skipped") or not case.entering(step.name):
            continue
        sources = [by_name[a.source] for a in case.entering(step.name)]
        assert any(source.finished_at is not None for source in sources)


@pytest.mark.property
@pytest.mark.django_db
@on_database
@given(case=cases())
def test_a_run_ends_as_the_rules_say(case: Case) -> None:
    expected = interpret(case)
    event(f"run {expected.run}")
    with started(case) as run_id:
        for _ in range(40):
            run_until_idle()
            if not fast_forward(run_id):
                break
        run = inspect_run(run_id, history=True)
        check(case, expected, run)
        assert_ended_in_order(case, run)


@pytest.mark.property
@pytest.mark.django_db
@on_database
@given(case=cases(sequential=True))
def test_a_sequential_run_ends_exactly_as_the_rules_say_even_if_it_fails(case: Case) -> None:
    assert blueprint_of(case).is_sequential
    expected = interpret(case)
    event(f"run {expected.run}")
    with started(case) as run_id:
        for _ in range(40):
            run_until_idle()
            if not fast_forward(run_id):
                break
        run = inspect_run(run_id, history=True)
        check(case, expected, run)
        ran = {name for name, status in expected.statuses.items() if status != "skipped"}
        for step in run.steps:
            if step.name in ran:
                assert step.status.value == expected.statuses[step.name]
                assert [a.outcome for a in step.attempts] == expected.attempts[step.name]
            else:
                assert step.status.value in ("skipped", "pending")


class Workers:
    """Several workers in one process; the next move of each is drawn."""

    def __init__(self, data: st.DataObject, run_id: UUID) -> None:
        self._data, self._run_id = data, run_id
        self._at_work: list[tuple[Claim, RunMemory]] = []
        self._lost: list[tuple[Claim, RunMemory]] = []
        self._crashed: set[str] = set()

    def act(self) -> bool:
        """Make one move of a worker; return False if there is nothing to do."""
        possible = [name for name, there in self._possible().items() if there]
        if not possible:
            return bool(fast_forward(self._run_id))
        getattr(self, self._data.draw(st.sampled_from(possible), label="next"))()
        return True

    def _possible(self) -> dict[str, bool]:
        due = StepRun.objects.filter(run_id=self._run_id, status__in=("ready", "waiting"))
        due = due.filter(due_at__isnull=False)
        return {
            "claim": len(self._at_work) < 3 and due.exists(),
            "settle": bool(self._at_work),
            "crash": any(claim.name not in self._crashed for claim, _ in self._at_work),
            "settle_late": bool(self._lost),
        }

    def claim(self) -> None:
        """Claim any step that is due or will be, not only the oldest."""
        fast_forward(self._run_id)
        rows = StepRun.objects.filter(run_id=self._run_id, due_at__isnull=False).order_by("pk")
        first = self._data.draw(st.sampled_from([row.name for row in rows]), label="claims")
        self._shift(first)
        found = backend_of("default").claim_due_step(
            worker="worker", token=uuid4(), lease=30.0, run_id=self._run_id
        )
        assert found is not None
        assert found.claim.name == first
        self._take(found.claim, RunMemory.open(found.head, "default"))

    def _shift(self, name: str) -> None:
        due = StepRun.objects.filter(run_id=self._run_id, name=name)
        due.update(due_at=F("due_at") - timedelta(days=1))

    def _take(self, claim: Claim, memory: RunMemory) -> None:
        memory.load_ancestors(claim.name, "default")
        self._at_work.append((claim, memory))

    def _pick(self, among: list[tuple[Claim, RunMemory]]) -> tuple[Claim, RunMemory]:
        chosen = self._data.draw(st.integers(0, len(among) - 1), label="which")
        return among.pop(chosen)

    def settle(self) -> None:
        """Settle any claimed step; the worker may continue with the next."""
        claim, memory = self._pick(self._at_work)
        invocation = invoke(claim, memory)
        go_on = self._data.draw(st.booleans(), label="goes on")
        following = settle_and_claim_next(
            Execution(
                claim=claim, memory=memory, result=invocation.result, given=invocation.given, go_on=go_on
            )
        )
        if following is not None:
            assert go_on
            self._take(following, memory)

    def crash(self) -> None:
        """A worker dies, at most once in each step; the lease ends and the step is recovered."""
        candidates = [at_work for at_work in self._at_work if at_work[0].name not in self._crashed]
        claim, memory = candidates[0]
        self._at_work.remove((claim, memory))
        self._crashed.add(claim.name)
        lease = StepRun.objects.filter(pk=claim.step_id)
        lease.update(lease_until=F("lease_until") - timedelta(days=1))
        assert recover_lost_steps() == 1
        self._lost.append((claim, memory))

    def settle_late(self) -> None:
        """A worker that lost its lease settles: nothing changes."""
        claim, memory = self._pick(self._lost)
        before = inspect_run(self._run_id, history=True)
        late = Execution(
            claim=claim, memory=memory, result=Done("ok", {"late": True}), given=None, go_on=True
        )
        assert settle_and_claim_next(late) is None
        assert inspect_run(self._run_id, history=True) == before


@pytest.mark.property
@pytest.mark.django_db
@on_database
@given(case=cases(), data=st.data())
def test_several_workers_that_may_die_end_a_run_the_same(case: Case, data: st.DataObject) -> None:
    expected = interpret(case)
    event(f"run {expected.run}")
    with started(case) as run_id:
        workers = Workers(data, run_id)
        for _ in range(400):
            if not workers.act():
                break
        else:
            pytest.fail("the run doesn't end")
        check(case, expected, inspect_run(run_id, history=True))


# --- the decision alone ------------------------------------------------------------------------------


@pytest.mark.property
@settings(max_examples=400)
@given(case=cases(), data=st.data())
def test_every_step_is_decided_once_in_any_order(case: Case, data: st.DataObject) -> None:
    """``follow`` alone, past failures too: each step is reached once, and decided as the rules say."""
    expected = interpret(case)
    graph = blueprint_of(case)
    labels: dict[str, str | None] = {}
    ready = list(graph.entries)
    known = set(ready)
    culprits = set()
    while ready:
        ends = ready.pop(data.draw(st.integers(0, len(ready) - 1), label="ends next"))
        labels[ends] = expected.labels[ends]
        reached = follow(graph, labels, known, [ends])
        new = [*reached.ready, *reached.skipped]
        assert len(new) == len(set(new))
        assert not known & set(new), "no step is decided twice"
        known |= set(new)
        ready += reached.ready
        labels |= dict.fromkeys(reached.skipped)
        assert known == set(graph.by_name) - undecided(case, labels), "at once, and not before"
        if fails_run(graph, ends, labels[ends]):
            culprits.add(ends)
    assert labels == expected.labels
    assert set(labels) == {node.name for node in case.nodes}
    assert culprits == expected.culprits


@pytest.mark.property
@settings(max_examples=200)
@given(case=cases())
def test_the_oracle_decides_every_step(case: Case) -> None:
    assert set(interpret(case).statuses) == {node.name for node in case.nodes}


@pytest.mark.django_db
def test_the_check_can_fail() -> None:
    """A negative control: the check fails for the rules of another join."""
    nodes = [Node("a"), Node("b", script=["left"])]
    arrows = [Arrow("a", "ok", "c"), Arrow("b", "ok", "c")]
    case, other = (Case([*nodes, Node("c", join=join)], arrows) for join in ("all", "any"))
    with started(case) as run_id:
        run_until_idle()
        run = inspect_run(run_id, history=True)
        check(case, interpret(case), run)
        with pytest.raises(AssertionError):
            check(case, interpret(other), run)
