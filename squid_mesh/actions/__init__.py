"""What operators can do to runs: one spec for each action, and the rules that say when each is legal."""

from squid_mesh.actions.rules import (
    LegalAction,
    StepFacts,
    list_legal_actions,
    list_step_actions,
)
from squid_mesh.actions.spec import ActionSpec, BulkSpec, CommandSpec, Emphasis, Field, Target
from squid_mesh.actions.specs import SPECS, Action

__all__ = [
    "SPECS",
    "Action",
    "ActionSpec",
    "BulkSpec",
    "CommandSpec",
    "Emphasis",
    "Field",
    "LegalAction",
    "StepFacts",
    "Target",
    "list_legal_actions",
    "list_step_actions",
]
