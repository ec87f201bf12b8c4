"""From a class body to a draft: steps and triggers through the MRO, the flow, the payload models."""

from __future__ import annotations

from typing import Any

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.flow import Fragment, as_fragment
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.declare.triggers import TriggerDeclaration
from squid_mesh.definitions.problems import Location
from squid_mesh.definitions.values.payload import EmptyPayload


def collect_draft(cls: type, workflow: str, location: Location) -> Draft:
    """Everything the class and its bases declare, bases first; ``name = None`` drops an inherited one."""
    declared = _declared(cls)
    triggers = {k: v for k, v in declared.items() if isinstance(v, TriggerDeclaration)}
    if not triggers:
        triggers = {"manual": TriggerDeclaration("manual", location)}
    steps = {k: v for k, v in declared.items() if isinstance(v, StepDeclaration)}
    shared = getattr(cls, "Payload", EmptyPayload)
    flow = getattr(cls, "flow", None)
    return Draft(
        workflow=workflow,
        cls=cls,
        location=location,
        steps=steps,
        triggers=triggers,
        flow=None if flow is None else as_fragment(flow),
        after={k: fragment for k, v in steps.items() if (fragment := _after(v)) is not None},
        payload_models={k: shared if v.payload is None else v.payload for k, v in triggers.items()},
    )


def _declared(cls: type) -> dict[str, Any]:
    """Attributes in definition order; one declared anew keeps its first place."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, StepDeclaration | TriggerDeclaration) and name != "flow":
                found[name] = value
            elif name in found:
                found[name] = None
    return found


def _after(declared: StepDeclaration) -> Fragment | None:
    if isinstance(declared.after, list | tuple) and not declared.after:
        return None
    return as_fragment(declared.after)
