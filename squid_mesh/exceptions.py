"""All errors of the package: one tree, each with a stable ``code`` and structured ``details``.

SquidMeshError
├── DefinitionError        a workflow class that can't be compiled, with all its problems
├── PayloadError           a payload that its trigger rejects
├── NotFound               an unknown workflow, trigger, run or step
├── IdempotencyConflict    the same key with other arguments
├── IllegalAction          the status of the run or the step doesn't allow the action
│   └── AlreadyDecided     another person or the deadline decided first, or this person has voted before
├── NotPermitted           the user isn't allowed to do it
├── FormError              answers that don't fit the approval's form
├── CodeUnavailable        the action needs code that isn't installed here
├── UnreadableDefinition   a stored definition that this version can't read
├── UnreadableRow          a stored value that this version can't read
├── AppendOnly             code tried to change or delete a row of the history: a bug
├── IrreversibleSteps      the action would repeat irreversible steps
├── InvalidArgument        an argument of the wrong form
│   └── LimitExceeded      an argument that is larger or deeper than its limit
├── InvalidSettings        SQUID_MESH has wrong settings, with all its problems
├── ExtraMissing           an optional package that isn't installed
├── RuntimeFolderRefused   a folder for a supervisor's state that can't be used
└── IllegalMove            a status change that no table allows: a bug
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class SquidMeshError(Exception):
    """Base of all errors. ``code`` is stable, for programs; ``details`` is JSON-ready."""

    code: ClassVar[str] = "squid_mesh_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = details

    def as_dict(self) -> dict[str, Any]:
        """Return the error as ``{"code", "message", "details"}``."""
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
    """The payload doesn't fit the trigger. ``details["errors"]`` maps each field's path to its messages."""

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
    """Something doesn't exist. ``details["known"]`` lists what exists, if the list is short."""

    code = "not_found"


class WorkflowNotFound(NotFound):
    """No workflow with that name is installed."""

    code = "workflow_not_found"


class TriggerNotFound(NotFound):
    """The workflow has no such trigger, or has several and none was named."""

    code = "trigger_not_found"


class RunNotFound(NotFound):
    """There is no run with that id."""

    code = "run_not_found"


class StepNotFound(NotFound):
    """The run's workflow has no step with that name."""

    code = "step_not_found"


class IdempotencyConflict(SquidMeshError):
    """The key belongs to a run that was started with other arguments, listed in ``details["differs"]``."""

    code = "idempotency_conflict"


class IllegalAction(SquidMeshError):
    """The action isn't legal in the run's current status, ``details["status"]``.

    For an action on a step, ``details`` also has ``step``, ``step_status`` and ``waiting_for``.
    """

    code = "illegal_action"


class AlreadyDecided(IllegalAction):
    """The step is decided, or this person has voted. ``details``: ``step``, ``exit``, ``by``, ``at``."""

    code = "already_decided"


class NotPermitted(SquidMeshError):
    """The user isn't allowed to do that. ``details`` has ``action`` and what it requires."""

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
    """The action needs code that isn't installed here; ``details["path"]`` is its dotted path."""

    code = "code_missing"


class UnreadableDefinition(SquidMeshError):
    """A stored definition has a newer format, or isn't valid. ``details``: ``fingerprint``, ``format``."""

    code = "unreadable_definition"


class UnreadableRow(SquidMeshError):
    """A stored value is damaged or newer. ``details``: ``table``, ``id``, ``column``, ``problem``."""

    code = "unreadable_row"

    def __init__(self, **details: str) -> None:
        super().__init__(describe_unreadable(**details), **details)


def describe_unreadable(*, table: str, id: str, column: str, problem: str) -> str:
    """Return the sentence that names a stored value that can't be read."""
    return f"Column {column} of row {id} in table {table} can't be read: {problem}."


class AppendOnly(SquidMeshError):
    """Code tried to change or delete a row of the history: a bug."""

    code = "append_only"


class IrreversibleSteps(SquidMeshError):
    """The action would repeat completed irreversible steps, listed in ``details["steps"]``."""

    code = "irreversible_steps"


class InvalidArgument(SquidMeshError):
    """An argument has the wrong form; ``details["argument"]`` names it."""

    code = "invalid_argument"


class LimitExceeded(InvalidArgument):
    """An argument is larger, longer or deeper than its limit.

    ``details``: ``argument``, ``limit``, ``actual``, their ``unit``, and the ``setting`` in
    ``SQUID_MESH["LIMITS"]`` that raises the limit, None if it is fixed.
    """

    code = "limit_exceeded"

    def __init__(
        self, argument: str, *, limit: int, actual: int, unit: str, setting: str | None = None
    ) -> None:
        more = f', or raise SQUID_MESH["LIMITS"]["{setting}"]' if setting else ""
        super().__init__(
            f"The {argument} has {actual:,} {unit}; at most {limit:,} are allowed. Make it smaller{more}.",
            argument=argument,
            limit=limit,
            actual=actual,
            unit=unit,
            setting=setting,
        )


class InvalidSettings(SquidMeshError):
    """``SQUID_MESH`` is wrong. ``details["problems"]`` lists every problem: ``setting`` and ``message``."""

    code = "invalid_settings"

    def __init__(self, problems: Sequence[Mapping[str, str]]) -> None:
        listed = "; ".join(f"SQUID_MESH[{one['setting']!r}]: {one['message']}" for one in problems)
        super().__init__(
            f"The settings are wrong: {listed}. manage.py check reports them too.",
            problems=[dict(one) for one in problems],
        )


class ExtraMissing(SquidMeshError):
    """The extra ``details["extra"]`` of the package isn't installed."""

    code = "extra_missing"


class RuntimeFolderRefused(SquidMeshError):
    """A supervisor can't keep its state in ``details["folder"]``, or another user could change it there."""

    code = "runtime_folder_refused"


class IllegalMove(SquidMeshError):
    """A status change that no table in :mod:`squid_mesh.lifecycle` allows: a bug, never bad input."""

    code = "illegal_move"
