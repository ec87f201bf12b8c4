"""Any action, by its name: for forms and commands that are built from the actions' specs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, assert_never
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import SPECS, Action, Target
from squid_mesh.api.actions import FUNCTIONS
from squid_mesh.api.arguments import check_arguments, check_run_id
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.operate.locked_run import lock_run
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.snapshots.runs import RunSummary

__all__ = ["aperform_action", "hold_run", "perform_action"]


@check_arguments
def perform_action(
    action: Action,
    run_id: UUID | str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor = None,
    **fields: Any,
) -> RunSummary:
    """Perform any action, as its own function does; for forms and commands that are built from specs.

    ``step`` and ``visit`` are used if the action's target has them. ``fields`` are the values of the spec's
    fields, by name. Raises what the action's function raises.
    """
    spec = SPECS[action]
    _check_fields(action, fields)
    match spec.target:
        case Target.STEP | Target.HELD_STEP:
            about = {"step": step, "visit": visit}
        case Target.RUN_OR_STEP:
            about = {"step": step or ""}
        case Target.RUN:
            about = {}
        case _:
            assert_never(spec.target)
    return FUNCTIONS[action](run_id, actor=actor, **about, **fields)


@contextmanager
def hold_run(run_id: UUID | str) -> Iterator[None]:
    """Lock the run while the block runs: it doesn't change between a reading and an action in the block.

    The block is one transaction: if it raises, nothing of it is written.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID.
    """
    using = conf.database()
    checked = check_run_id(run_id)
    with transaction.atomic(using=using):
        lock_run(checked, using)
        yield


def _check_fields(action: Action, fields: Mapping[str, Any]) -> None:
    """Raise InvalidArgument if the action has no such field, or needs one that is missing."""
    known = [field.value for field in SPECS[action].fields]
    for name in fields:
        if name not in known:
            raise InvalidArgument(
                f"Action {action} has no argument {name}; its arguments are: {', '.join(known)}.",
                argument=name,
                known=known,
            )
    parameters = inspect.signature(FUNCTIONS[action]).parameters
    for name in known:
        if name not in fields and parameters[name].default is inspect.Parameter.empty:
            raise InvalidArgument(f"Action {action} needs the argument {name}.", argument=name)


aperform_action = sync_to_async(perform_action)
