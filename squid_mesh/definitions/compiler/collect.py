"""From a class body to a draft: the steps, triggers, flow and payload models of a class and its bases."""

from __future__ import annotations

from typing import Any

from squid_mesh.definitions.compiler.compiled import RESERVED_ATTRIBUTES
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.flow import Fragment, to_fragment
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.declare.triggers import TriggerDeclaration
from squid_mesh.definitions.problems import Location
from squid_mesh.definitions.values.payload import EmptyPayload


def collect_draft(cls: type, workflow: str, location: Location) -> Draft:
    """Return what the class and its bases declare, bases first. ``x = None`` removes an inherited ``x``."""
    declared = _find_declarations(cls)
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
        flow=None if flow is None else to_fragment(flow),
        after={k: fragment for k, v in steps.items() if (fragment := _fragment_of_after(v)) is not None},
        payload_models={k: shared if v.payload is None else v.payload for k, v in triggers.items()},
        shadowed=[name for name in RESERVED_ATTRIBUTES if name in vars(cls)],
    )


def _find_declarations(cls: type) -> dict[str, Any]:
    """Return the declarations in definition order. One that is redefined keeps its first place."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, StepDeclaration | TriggerDeclaration) and name != "flow":
                found[name] = value
            elif name in found:
                found[name] = None
    return found


def _fragment_of_after(declared: StepDeclaration) -> Fragment | None:
    if isinstance(declared.after, list | tuple) and not declared.after:
        return None
    return to_fragment(declared.after)
