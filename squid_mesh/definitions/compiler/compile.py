"""From a valid draft to its frozen blueprint."""

from __future__ import annotations

from datetime import timedelta

from squid_mesh.definitions.blueprint import (
    ERROR,
    OK,
    Blueprint,
    StepBlueprint,
    TriggerBlueprint,
)
from squid_mesh.definitions.code_paths import code_path
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.keys import find_steps_with_unknown_keys
from squid_mesh.definitions.retry import RetryPolicy
from squid_mesh.definitions.values.secrets import secret_paths
from squid_mesh.definitions.values.signature import UNKNOWN


def compile_blueprint(draft: Draft) -> Blueprint:
    """Return the blueprint of a draft without problems."""
    unknown_keys = find_steps_with_unknown_keys(draft)
    return Blueprint(
        workflow=draft.workflow,
        steps=tuple(_compile_step(draft, name, name in unknown_keys) for name in draft.steps),
        edges=tuple(draft.edges),
        triggers=tuple(_compile_trigger(draft, name) for name in draft.triggers),
    )


def _compile_step(draft: Draft, name: str, checks_key_conflicts: bool) -> StepBlueprint:
    declared = draft.steps[name]
    returns = draft.return_type(name)
    timeout, request = declared.timeout, declared.request
    return StepBlueprint(
        name=name,
        target=code_path(declared.target),
        options=request.to_options(draft.exits(name)) if request else dict(declared.options),
        input=dict(declared.input or {}),
        output=declared.output,
        outcomes=tuple(sorted({*declared.outcomes, *draft.routed[name]} - {OK, ERROR})),
        join=draft.join(name),
        when=code_path(declared.when) if declared.when else None,
        retry=declared.retry.compile() if declared.retry else RetryPolicy(),
        timeout=timeout.total_seconds() if isinstance(timeout, timedelta) else timeout,
        irreversible=declared.irreversible,
        on_crash=declared.on_crash or ("pause" if declared.irreversible else "retry"),
        secrets=() if returns is UNKNOWN else secret_paths(returns),
        checks_key_conflicts=checks_key_conflicts,
    )


def _compile_trigger(draft: Draft, name: str) -> TriggerBlueprint:
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
