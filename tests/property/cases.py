"""Cases as runs of the engine: a case's compiled workflow, the code of its steps, and a run of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from pydantic import BaseModel

from squid_mesh import Defer, Outcome, StepContext, StepFailed
from squid_mesh.api import start_run
from squid_mesh.definitions.blueprint import Blueprint, Edge, StepBlueprint, TriggerBlueprint
from squid_mesh.definitions.compiler.compiled import CompiledWorkflow
from squid_mesh.definitions.declare.outcomes import AskPeople
from squid_mesh.definitions.request import Request
from squid_mesh.definitions.retry import Fixed, RetryPolicy
from tests.property.oracle import Case

#: The exits of every approval. ``approved`` is the outcome ``ok``; the others are outcomes of their own.
EXITS = ("approved", "rejected", "left")


def blueprint_of(case: Case) -> Blueprint:
    """Return the case as a compiled workflow."""
    return Blueprint(
        workflow="property.case",
        steps=tuple(
            StepBlueprint(
                name=node.name,
                target=f"{__name__}:execute",
                outcomes=tuple(case.labels),
                join=node.join,
                when=None if node.guard is None else f"{__name__}:guard",
                retry=RetryPolicy(max_attempts=node.max_attempts, backoff=Fixed(seconds=60)),
                irreversible=node.irreversible,
                on_crash=node.on_crash,
            )
            for node in case.nodes
        ),
        edges=tuple(
            Edge(
                source=arrow.source,
                outcome=arrow.label,
                target=arrow.target,
                rewind=arrow.rewind,
                max_visits=arrow.max_visits,
            )
            for arrow in case.arrows
        ),
        triggers=(TriggerBlueprint(name="manual", kind="manual"),),
    )


class Empty(BaseModel):
    """The payload of a case."""


class Scripts:
    """The scripts of a case's steps, and how many executions of each step have started."""

    def __init__(self, case: Case) -> None:
        self.nodes = {node.name: node for node in case.nodes}
        self.executions: dict[str, int] = defaultdict(int)

    def next_move(self, name: str) -> str:
        """Return what this execution of the step does."""
        script = self.nodes[name].script
        self.executions[name] += 1
        return script[self.executions[name] - 1] if self.executions[name] <= len(script) else "ok"


_scripts: list[Scripts] = []


def execute(ctx: StepContext) -> Any:
    """Do what the step's script says."""
    scripts = _scripts[-1]
    match move := scripts.next_move(ctx.step):
        case "raise":
            raise RuntimeError("as the script says")
        case "give up":
            raise StepFailed("as the script says")
        case "defer":
            raise Defer("as the script says", seconds=60)
        case "approval":
            raise AskPeople(Request(kind="approval", exits=EXITS, quorum=scripts.nodes[ctx.step].quorum))
        case "pause":
            raise AskPeople(Request(kind="pause"))
        case "ok":
            return {ctx.step: True}
    return Outcome(move, {ctx.step: True})


def guard(ctx: StepContext) -> bool:
    """Return what the case says."""
    return _scripts[-1].nodes[ctx.step].guard is not False


@contextmanager
def started(case: Case) -> Iterator[UUID]:
    """Start a run of the case; its rows are removed afterwards."""
    workflow = type(
        "Generated",
        (CompiledWorkflow,),
        {
            "workflow_name": "property.case",
            "_blueprint": blueprint_of(case),
            "payload_models": {"manual": Empty},
        },
    )
    _scripts.append(Scripts(case))
    try:
        with transaction.atomic():
            yield start_run(workflow).id
            transaction.set_rollback(True)
    finally:
        _scripts.pop()
