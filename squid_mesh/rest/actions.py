"""The bodies of the actions, made from their specs, and the schema of each body for one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, create_model

from squid_mesh import api
from squid_mesh.actions import SPECS, Action, ActionSpec, Target
from squid_mesh.actions import Field as ActionField
from squid_mesh.rest.base.requests import Body

_Visit = Annotated[int, Field(ge=1, le=2**31 - 1)]
_Json = dict[str, Any]

#: The type and the default of each field; ``...`` means no default. The idempotency key is a header: None.
FIELDS: Final[Mapping[ActionField, tuple[Any, Any] | None]] = {
    ActionField.REASON: (str, ""),
    ActionField.COMMENT: (str, ""),
    ActionField.TEXT: (Annotated[str, Field(min_length=1)], ...),
    ActionField.EXIT: (str, ...),
    ActionField.DATA: (_Json | None, None),
    ActionField.PAYLOAD: (_Json | None, None),
    ActionField.OUTCOME: (str, "ok"),
    ActionField.OUTPUT: (Any, None),
    ActionField.ALLOW_IRREVERSIBLE: (bool, False),
    ActionField.IDEMPOTENCY_KEY: None,
}


def _make_body(action: Action, spec: ActionSpec) -> type[Body]:
    """Return the model of the action's body."""
    fields: dict[str, Any] = {}
    if spec.target is Target.STEP:
        fields["step"] = (str, ...)
    elif spec.target is not Target.RUN:
        fields["step"] = (str | None, None)
    if spec.needs_step:
        fields["visit"] = (_Visit | None, None)
    for name in spec.fields:
        field = FIELDS[name]
        if field is not None:
            fields[name.value] = field
    title = "".join(word.capitalize() for word in action.value.split("_"))
    return create_model(
        f"{title}Body", __base__=Body, __module__=__name__, __doc__=f"{spec.label}.", **fields
    )


BODIES: Final[Mapping[Action, type[Body]]] = {
    action: _make_body(action, spec) for action, spec in SPECS.items()
}


#: For each action a body as the schema shows it.
EXAMPLES: Final[Mapping[Action, Mapping[str, Any]]] = {
    Action.CANCEL: {"reason": "Ordered twice."},
    Action.COMMENT: {"text": "The customer called.", "step": "charge"},
    Action.REPLAY: {"payload": {"order_id": 17}, "reason": "The address was wrong."},
    Action.UNBLOCK: {"step": "stock", "visit": 1, "reason": "The goods have come."},
    Action.DECIDE: {"step": "review", "visit": 1, "exit": "approved", "data": {"discount": 5}},
    Action.RETRY: {"step": "charge", "visit": 1, "reason": "The bank works again."},
    Action.SKIP: {"step": "notify", "reason": "The customer knows."},
    Action.RESOLVE: {"step": "charge", "outcome": "ok", "output": {"reference": "c-17"}},
    Action.REWIND: {"step": "load", "allow_irreversible": False},
}


class OfferedAction(BaseModel):
    """An action that the user may perform now. ``body_schema`` describes the body to POST to ``url``.

    ``step`` is empty for an action on the run. ``exits`` are the choices, ``irreversible`` the irreversible
    steps that it repeats.
    """

    action: Action
    label: str
    step: str
    visit: int | None
    exits: tuple[str, ...]
    irreversible: tuple[str, ...]
    url: str
    body_schema: dict[str, Any] = Field(description="The JSON schema of the body.")


class ActionList(BaseModel):
    """What the user may do to a run now."""

    results: tuple[OfferedAction, ...]


class Performed(BaseModel):
    """What was done. ``run`` is the run, or a replay's new run; None for users who may not view runs."""

    action: Action
    message: str
    run: api.RunSummary | None


def offer(found: api.NextAction, url: str, form: Mapping[str, Any] | None) -> OfferedAction:
    """Return the action with the schema of its body; ``form`` is that of the approval's answers."""
    return OfferedAction(
        action=found.action,
        label=str(SPECS[found.action].label),
        step=found.step,
        visit=found.visit,
        exits=found.exits,
        irreversible=found.irreversible,
        url=url,
        body_schema=_narrow(BODIES[found.action].model_json_schema(), found, form),
    )


def _narrow(schema: _Json, found: api.NextAction, form: Mapping[str, Any] | None) -> _Json:
    """Return the schema of the action's body with what this step allows."""
    properties: _Json = schema["properties"]
    required = set(schema.get("required", ()))
    if found.step:
        properties["step"] = {"const": found.step}
        required.add("step")
    if found.visit is not None and "visit" in properties:
        properties["visit"] = {"const": found.visit}
    for name in (ActionField.EXIT, ActionField.OUTCOME):
        if name in properties and found.exits:
            properties[name] = {**properties[name], "enum": list(found.exits)}
    if found.irreversible:
        properties[ActionField.ALLOW_IRREVERSIBLE] = {"const": True}
        required.add(ActionField.ALLOW_IRREVERSIBLE.value)
    if form and ActionField.DATA in properties:
        properties[ActionField.DATA] = dict(form)
    return {**schema, "required": sorted(required)}
