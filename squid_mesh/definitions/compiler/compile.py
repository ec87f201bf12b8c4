"""From a draft without problems to its frozen blueprint."""

from __future__ import annotations

from datetime import timedelta

from squid_mesh.definitions.blueprint import (
    ERROR,
    OK,
    Blueprint,
    StepBlueprint,
    TriggerBlueprint,
)
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.keys import guarded_steps
from squid_mesh.definitions.resolve import dotted
from squid_mesh.definitions.retry import RetryPolicy
from squid_mesh.definitions.values.secrets import secret_paths
from squid_mesh.definitions.values.signature import UNKNOWN


def compiled(draft: Draft) -> Blueprint:
    """The blueprint of a draft that no rule objects to."""
    guarded = guarded_steps(draft)
    return Blueprint(
        workflow=draft.workflow,
        steps=tuple(_step(draft, name, name in guarded) for name in draft.steps),
        edges=tuple(draft.edges),
        triggers=tuple(_trigger(draft, name) for name in draft.triggers),
    )


def _step(draft: Draft, name: str, guarded: bool) -> StepBlueprint:
    declared = draft.steps[name]
    returns = draft.returned(name)
    routed = {edge.outcome for edge in draft.edges if edge.source == name}
    timeout, asking = declared.timeout, declared.asking
    return StepBlueprint(
        name=name,
        target=dotted(declared.target),
        options=asking.options(draft.exits(name)) if asking else dict(declared.options),
        input=dict(declared.input or {}),
        output=declared.output,
        outcomes=tuple(sorted({*declared.outcomes, *routed} - {OK, ERROR})),
        join=draft.join(name),
        when=dotted(declared.when) if declared.when else None,
        retry=declared.retry.compiled() if declared.retry else RetryPolicy(),
        timeout=timeout.total_seconds() if isinstance(timeout, timedelta) else timeout,
        irreversible=declared.irreversible,
        on_crash=declared.on_crash or ("pause" if declared.irreversible else "retry"),
        secrets=() if returns is UNKNOWN else secret_paths(returns),
        guarded=guarded,
    )


def _trigger(draft: Draft, name: str) -> TriggerBlueprint:
    declared = draft.triggers[name]
    return TriggerBlueprint(
        name=name,
        kind=declared.kind,
        cron=declared.cron,
        timezone=declared.timezone,
        catch_up=declared.catch_up,
        overlap=declared.overlap,
        secrets=secret_paths(draft.payload_models[name]),
    )
