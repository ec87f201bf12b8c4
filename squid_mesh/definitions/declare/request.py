"""How an author writes what a step asks of people, and ``escalate(...)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel

from squid_mesh.definitions.code_paths import code_path
from squid_mesh.definitions.request import TIMEOUT, EscalationPolicy, Request

Deadline = float | timedelta | None
Assignee = Callable[..., Any]


@dataclass(frozen=True)
class Escalation:
    """More people who may decide, as written."""

    permission: str = ""
    groups: Sequence[str] = ()
    deadline: Deadline = None
    on_timeout: str | Escalation | None = None

    def compiled(self) -> EscalationPolicy:
        """The policy that the blueprint holds."""
        return EscalationPolicy(
            permission=self.permission,
            groups=tuple(self.groups),
            deadline=_seconds(self.deadline),
            on_timeout=_compiled(self.on_timeout, self.deadline),
        )


def escalate(
    *,
    permission: str = "",
    groups: Sequence[str] = (),
    deadline: Deadline = None,
    on_timeout: str | Escalation | None = None,
) -> Escalation:
    """Let more people decide once an approval's deadline has passed; those asked before still may.

    Args:
        permission: ``app.codename``; who has it.
        groups: names; who is in one of them. With a permission both must hold.
        deadline: seconds, or a timedelta, from the escalation on.
        on_timeout: the exit taken then, ``timeout`` by default, or another escalation.
    """
    return Escalation(permission, groups, deadline, on_timeout)


@dataclass(frozen=True)
class RequestDeclaration:
    """What a ``pause`` or an ``approval`` asks, as written. Nothing is judged here."""

    kind: Literal["approval", "pause"]
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
        """Itself and the escalations that follow, in their order."""
        stage: RequestDeclaration | Escalation = self
        yield stage
        while isinstance(stage.on_timeout, Escalation):
            stage = stage.on_timeout
            yield stage

    @property
    def last_resort(self) -> str | None:
        """The exit that is taken if nobody ever decides, or None where there is none."""
        *_, last = self.stages
        if last.on_timeout is None:
            return None if last.deadline is None else TIMEOUT
        return last.on_timeout if isinstance(last.on_timeout, str) else None

    def options(self, exits: Sequence[str]) -> dict[str, Any]:
        """The options of its step: the request, JSON-ready, and what is found out when it is asked."""
        request = Request(
            kind=self.kind,
            prompt=self.prompt,
            exits=tuple(exits),
            form=code_path(self.form) if self.form else None,
            form_schema=self.form.model_json_schema() if self.form else None,
            permission=self.permission,
            groups=tuple(self.groups),
            quorum=self.quorum,
            rejections=self.rejections,
            not_by_starter=self.not_by_starter,
            on_timeout=_compiled(self.on_timeout, self.deadline),
        )
        if self.kind == "pause":
            return {"request": request.as_json()}
        return {
            "request": request.as_json(),
            "assignee": code_path(self.assignee) if self.assignee else None,
            "seconds": _seconds(self.deadline),
        }


def _after(on_timeout: str | Escalation | None, deadline: Deadline) -> str | Escalation | None:
    """What follows a deadline; without one, nothing."""
    return None if deadline is None else on_timeout or TIMEOUT


def _compiled(on_timeout: str | Escalation | None, deadline: Deadline) -> str | EscalationPolicy | None:
    after = _after(on_timeout, deadline)
    return after.compiled() if isinstance(after, Escalation) else after


def _seconds(deadline: Deadline) -> float | None:
    return deadline.total_seconds() if isinstance(deadline, timedelta) else deadline
