"""Executions as a tracer is told of them; without one they are simply executed."""

from __future__ import annotations

from squid_mesh import tracing
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.change import decide
from squid_mesh.engine.settle.results import Result
from squid_mesh.engine.worker.invoke import invoke
from squid_mesh.models import Run, StepRun
from squid_mesh.store.values import Claim, Json
from squid_mesh.tracing import TracedAttempt, Tracer


def invoke_traced(claim: Claim, memory: RunMemory) -> tuple[Result, Json]:
    """As :func:`squid_mesh.engine.worker.invoke.invoke`, in the tracer's context where there is a tracer."""
    tracer = tracing.current()
    if tracer is None:
        return invoke(claim, memory)
    return _invoke(claim, memory, tracer)


def _invoke(claim: Claim, memory: RunMemory, tracer: Tracer) -> tuple[Result, Json]:
    tried = TracedAttempt(
        workflow=memory.head.workflow,
        run_id=str(claim.run_id),
        step=claim.name,
        visit=claim.visit,
        attempt=claim.attempt,
        starter=memory.head.trace,
    )
    with tracer.attempt(tried) as say_end:
        result, given = invoke(claim, memory)
        change = decide(result, memory.blueprint.by_name[claim.name], claim, given, chance=0, recheck=0)
        # None: what was missing is no attempt, and `waiting_for` names it.
        outcome = change.attempt_outcome or change.waiting_for or change.status
        say_end(outcome.value, change.error if isinstance(change.error, dict) else None)
    return result, given


def trace_lost_attempt(run: Run, step: StepRun) -> None:
    """Tell of the attempt whose worker was lost: it can't tell of it itself."""
    tracer = tracing.current()
    if tracer is None or step.started_at is None:
        return
    tried = TracedAttempt(
        workflow=run.workflow,
        run_id=str(run.pk),
        step=step.name,
        visit=step.visit,
        attempt=step.attempt_number,
        starter=run.trace,
    )
    tracer.lost(tried, step.started_at)
