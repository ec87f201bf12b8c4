"""Attempts in the context of the tracer, if there is one."""

from __future__ import annotations

from squid_mesh import tracing
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.changes import derive_change
from squid_mesh.engine.worker.invoke import Invocation, invoke
from squid_mesh.models import Run, StepRun
from squid_mesh.store.values import Claim
from squid_mesh.tracing import TracedAttempt, Tracer


def invoke_traced(claim: Claim, memory: RunMemory) -> Invocation:
    """Do as :func:`squid_mesh.engine.worker.invoke.invoke`, in the tracer's context if there is a tracer."""
    tracer = tracing.get_tracer()
    if tracer is None:
        return invoke(claim, memory)
    return _invoke_with(tracer, claim, memory)


def _invoke_with(tracer: Tracer, claim: Claim, memory: RunMemory) -> Invocation:
    attempt = TracedAttempt(
        workflow=memory.head.workflow,
        run_id=str(claim.run_id),
        step=claim.name,
        visit=claim.visit,
        attempt=claim.attempt,
        starter=memory.head.trace,
    )
    with tracing.trace_attempt(tracer, attempt) as end_attempt:
        invocation = invoke(claim, memory)
        step = memory.blueprint.by_name[claim.name]
        change = derive_change(invocation.result, step, claim, invocation.given, chance=0, recheck=0)
        # Missing code makes no attempt: its outcome is what the step waits for.
        outcome = change.attempt_outcome or change.waiting_for or change.status
        end_attempt(outcome.value, change.error if isinstance(change.error, dict) else None)
    return invocation


def trace_lost_attempt(run: Run, step: StepRun) -> None:
    """Report the attempt of a lost worker to the tracer, because that worker can't."""
    tracer = tracing.get_tracer()
    if tracer is None or step.started_at is None:
        return
    attempt = TracedAttempt(
        workflow=run.workflow,
        run_id=str(run.pk),
        step=step.name,
        visit=step.visit,
        attempt=step.attempt_number,
        starter=run.trace,
    )
    tracing.trace_lost_attempt(tracer, attempt, step.started_at)
