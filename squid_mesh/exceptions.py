"""Every error of the package: one tree, each with a stable ``code`` and structured ``details``.

SquidMeshError
├── DefinitionError        a workflow class that can't be compiled: all its problems together
├── PayloadError           a payload its trigger refuses
├── NotFound               unknown workflow, trigger, run or step
├── IdempotencyConflict    the same key, another payload
├── IllegalAction          the run's or the step's status doesn't allow it
│   └── AlreadyDecided     others were faster, or that person has decided before
├── NotPermitted           that user may not do it
├── FormError              answers that don't fit the approval's form
├── CodeUnavailable        code of the host's that is needed isn't installed
├── UnreadableDefinition   a stored definition that this version can't read
├── AppendOnly             a row of the history is never changed or deleted
├── IrreversibleSteps      it would repeat steps that can't be undone
├── InvalidArgument        an argument of the wrong form
├── ExtraMissing           an optional package that is needed isn't installed
└── IllegalMove            a status change no table holds: a bug
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class SquidMeshError(Exception):
    """Base of all errors. ``code`` is stable and meant for programs, ``details`` is JSON-ready."""

    code: ClassVar[str] = "squid_mesh_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = details

    def as_dict(self) -> dict[str, Any]:
        """The error as ``{"code", "message", "details"}``."""
        return {"code": self.code, "message": self.message, "details": self.details}


class DefinitionError(SquidMeshError):
    """A workflow can't be compiled. ``details["problems"]`` lists every problem, one sentence each."""

    code = "invalid_definition"

    def __init__(self, workflow: str, problems: Sequence[str]) -> None:
        lines = "\n".join(f"- {problem}" for problem in problems)
        super().__init__(
            f"Workflow {workflow} can't be used:\n{lines}",
            workflow=workflow,
            problems=list(problems),
        )


class PayloadError(SquidMeshError):
    """The payload doesn't fit. ``details["errors"]`` maps each field's path to its messages."""

    code = "invalid_payload"

    def __init__(self, workflow: str, trigger: str, errors: Mapping[str, Sequence[str]]) -> None:
        listed = "; ".join(f"{field}: {', '.join(texts)}" for field, texts in errors.items())
        super().__init__(
            f"The payload doesn't fit trigger {trigger!r} of workflow {workflow}: {listed}",
            workflow=workflow,
            trigger=trigger,
            errors={field: list(texts) for field, texts in errors.items()},
        )


class NotFound(SquidMeshError):
    """Something named doesn't exist. ``details["known"]`` lists what does, where that is short."""

    code = "not_found"


class WorkflowNotFound(NotFound):
    """No workflow of that name is installed."""

    code = "workflow_not_found"


class TriggerNotFound(NotFound):
    """The workflow has no such trigger, or several and none was named."""

    code = "trigger_not_found"


class RunNotFound(NotFound):
    """No run has that id."""

    code = "run_not_found"


class StepNotFound(NotFound):
    """The run's workflow has no step of that name."""

    code = "step_not_found"


class IdempotencyConflict(SquidMeshError):
    """The idempotency key was used before, with another trigger or payload."""

    code = "idempotency_conflict"


class IllegalAction(SquidMeshError):
    """The action isn't legal in the run's present status, which ``details["status"]`` names.

    Where it is about a step, ``details`` has ``step`` and its ``step_status`` and ``waiting_for`` too.
    """

    code = "illegal_action"


class AlreadyDecided(IllegalAction):
    """The step was decided by others, or by that person. ``details``: ``step``, ``exit``, ``by``, ``at``."""

    code = "already_decided"


class NotPermitted(SquidMeshError):
    """The user may not do that: ``details`` names ``action`` and what it needs."""

    code = "not_permitted"


class FormError(SquidMeshError):
    """The answers don't fit the approval's form. ``details["errors"]`` maps each field to its messages."""

    code = "invalid_form"

    def __init__(self, step: str, errors: Mapping[str, Sequence[str]]) -> None:
        listed = "; ".join(f"{field}: {', '.join(texts)}" for field, texts in errors.items())
        super().__init__(
            f"The answers don't fit the form of step {step}: {listed}",
            step=step,
            errors={field: list(texts) for field, texts in errors.items()},
        )


class CodeUnavailable(SquidMeshError):
    """Code that the action needs isn't installed here; ``details["path"]`` is where it was."""

    code = "code_missing"


class UnreadableDefinition(SquidMeshError):
    """A stored definition has a newer format, or isn't valid. ``details``: ``fingerprint``, ``format``."""

    code = "unreadable_definition"


class AppendOnly(SquidMeshError):
    """A row of the history was to be changed or deleted: a bug."""

    code = "append_only"


class IrreversibleSteps(SquidMeshError):
    """The action would repeat completed irreversible steps, listed in ``details["steps"]``."""

    code = "irreversible_steps"


class InvalidArgument(SquidMeshError):
    """An argument has the wrong form; ``details["argument"]`` names it."""

    code = "invalid_argument"


class ExtraMissing(SquidMeshError):
    """What was asked for needs an extra of the package that isn't installed; ``details["extra"]``."""

    code = "extra_missing"


class IllegalMove(SquidMeshError):
    """A status change that the tables in :mod:`squid_mesh.lifecycle` don't hold: a bug, never bad input."""

    code = "illegal_move"
