"""The declaration of what a step asks people, and ``escalate(...)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

from pydantic import BaseModel

from squid_mesh.definitions.choices import RequestKind
from squid_mesh.definitions.code_paths import code_path
from squid_mesh.definitions.request import TIMEOUT, EscalationPolicy, Request
from squid_mesh.definitions.values.schemas import make_json_schema

Deadline = float | timedelta | None
Assignee = Callable[..., Any]


@dataclass(frozen=True)
class Escalation:
    """What ``escalate(...)`` returns: the arguments as written."""

    permission: str = ""
    groups: Sequence[str] = ()
    deadline: Deadline = None
    on_timeout: str | Escalation | None = None

    def compile(self) -> EscalationPolicy:
        """Return the policy that the blueprint stores."""
        return EscalationPolicy(
            permission=self.permission,
            groups=tuple(self.groups),
            deadline=_seconds(self.deadline),
            on_timeout=_compile_timeout(self.on_timeout, self.deadline),
        )


def escalate(
    *,
    permission: str = "",
    groups: Sequence[str] = (),
    deadline: Deadline = None,
    on_timeout: str | Escalation | None = None,
) -> Escalation:
    """Let more people decide after an approval's deadline. The people asked before may still decide.

    Args:
        permission: ``app.codename``; users with this permission may decide.
        groups: group names; members of one of them may decide. With a permission, both are required.
        deadline: seconds or a timedelta, counted from the escalation.
        on_timeout: the exit taken at that deadline, by default ``timeout``, or another escalation.
    """
    return Escalation(permission, groups, deadline, on_timeout)


@dataclass(frozen=True)
class RequestDeclaration:
    """What a ``pause`` or an ``approval`` asks: the arguments as written, not yet checked."""

    kind: RequestKind
    prompt: str = ""
    permission: str = ""
    groups: Sequence[str] = ()
    form: type[BaseModel] | None = None
    exits: Sequence[str] = ()
    assignee: Assignee | None = None
    quorum: int = 1
    rejections: int = 1
    not_by_starter: bool = False
    deadline: Deadline = None
    on_timeout: str | Escalation | None = None

    @property
    def stages(self) -> Iterator[RequestDeclaration | Escalation]:
        """This request and the escalations after it, in order."""
        stage: RequestDeclaration | Escalation = self
        yield stage
        while isinstance(stage.on_timeout, Escalation):
            stage = stage.on_timeout
            yield stage

    @property
    def final_exit(self) -> str | None:
        """The exit that the last deadline takes, or None if no deadline ends the approval."""
        *_, last = self.stages
        if last.on_timeout is None:
            return None if last.deadline is None else TIMEOUT
        return last.on_timeout if isinstance(last.on_timeout, str) else None

    def to_options(self, exits: Sequence[str]) -> dict[str, Any]:
        """Return the options of the built-in step: the request as JSON, the assignee's path, the deadline."""
        request = Request(
            kind=self.kind,
            prompt=self.prompt,
            exits=tuple(exits),
            form=code_path(self.form) if self.form else None,
            form_schema=make_json_schema(self.form) if self.form else None,
            permission=self.permission,
            groups=tuple(self.groups),
            quorum=self.quorum,
            rejections=self.rejections,
            not_by_starter=self.not_by_starter,
            on_timeout=_compile_timeout(self.on_timeout, self.deadline),
        )
        match self.kind:
            case "pause":
                return {"request": request.as_json()}
            case "approval":
                return {
                    "request": request.as_json(),
                    "assignee": code_path(self.assignee) if self.assignee else None,
                    "seconds": _seconds(self.deadline),
                }
            case unknown:
                assert_never(unknown)


def _timeout_action(on_timeout: str | Escalation | None, deadline: Deadline) -> str | Escalation | None:
    """Return what happens at the deadline; nothing without a deadline."""
    return None if deadline is None else on_timeout or TIMEOUT


def _compile_timeout(
    on_timeout: str | Escalation | None, deadline: Deadline
) -> str | EscalationPolicy | None:
    action = _timeout_action(on_timeout, deadline)
    return action.compile() if isinstance(action, Escalation) else action


def _seconds(deadline: Deadline) -> float | None:
    return deadline.total_seconds() if isinstance(deadline, timedelta) else deadline
