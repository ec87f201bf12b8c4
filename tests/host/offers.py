"""Performing the actions that an explanation offers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from squid_mesh import api
from squid_mesh.actions import SPECS, Field


def perform(
    run_id: UUID,
    offer: api.NextAction,
    actor: Any,
    *,
    exit: str = "",
    output: Any = None,
    answers: Any = None,
    reason: str = "",
) -> None:
    """Perform the action through the api, as its button does."""
    spec = SPECS[offer.action]
    values: dict[Field, Any] = {
        spec.note: reason or ("seen" if spec.note is Field.TEXT else ""),
        Field.EXIT: exit,
        Field.DATA: answers,
        Field.OUTCOME: exit,
        Field.OUTPUT: output if exit == "ok" else None,
        Field.ALLOW_IRREVERSIBLE: bool(offer.irreversible),
    }
    fields = {field.value: values[field] for field in spec.fields if field in values}
    api.perform_action(offer.action, run_id, step=offer.step, visit=offer.visit, actor=actor, **fields)
