"""What a held step asks of people: who may answer, how, and what happens when nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import AwareDatetime, ValidationError

from squid_mesh.definitions.blueprint import OK, FrozenModel

APPROVED: Final = "approved"
REJECTED: Final = "rejected"
TIMEOUT: Final = "timeout"


def outcome_of(exit: str) -> str:
    """The outcome that an approval's exit stands for in the graph: ``approved`` is its ``ok``."""
    return OK if exit == APPROVED else exit


class Deciders(FrozenModel):
    """Who may answer: somebody for whom all that is named holds.

    ``permission`` is an ``app.codename`` or empty; ``groups`` are names, one of which is enough;
    ``assignees`` are as :func:`by_pk` and :func:`by_username` write them, or None where anybody was asked.
    """

    permission: str = ""
    groups: tuple[str, ...] = ()
    assignees: tuple[str, ...] | None = None


class EscalationPolicy(FrozenModel):
    """Who may answer beside the others once a deadline has passed, and what follows then.

    ``deadline`` is in seconds from then on. ``on_timeout`` is None exactly where there is no deadline.
    """

    permission: str = ""
    groups: tuple[str, ...] = ()
    deadline: float | None = None
    on_timeout: str | EscalationPolicy | None = None


class Request(FrozenModel):
    """A question to people, fixed when it is asked: a deploy doesn't change it.

    ``exits`` are those that a person may choose; of a pause, ``ok``. ``form`` is a dotted path to a pydantic
    model, ``form_schema`` its JSON schema. ``quorum`` people have to approve, ``rejections`` to reject.
    ``deadline`` is the database's time at which ``on_timeout`` happens, an exit or an escalation; whoever
    stores the request sets it. ``also`` are those that ``escalated`` escalations have added.
    """

    kind: Literal["approval", "pause"]
    prompt: str = ""
    exits: tuple[str, ...] = (OK,)
    form: str | None = None
    form_schema: dict[str, Any] | None = None
    permission: str = ""
    groups: tuple[str, ...] = ()
    assignees: tuple[str, ...] | None = None
    quorum: int = 1
    rejections: int = 1
    not_by_starter: bool = False
    deadline: AwareDatetime | None = None
    on_timeout: str | EscalationPolicy | None = None
    escalated: int = 0
    also: tuple[Deciders, ...] = ()

    @property
    def deciders(self) -> tuple[Deciders, ...]:
        """The ways to be somebody who may answer: one of them is enough."""
        asked = Deciders(permission=self.permission, groups=self.groups, assignees=self.assignees)
        return (asked, *self.also)

    def votes_needed(self, exit: str) -> int:
        """How many different people have to say so. What isn't a rejection needs as many as an approval.

        Else four eyes could be gone round by another exit.
        """
        return self.rejections if exit == REJECTED else self.quorum

    def with_assignees(self, assignees: tuple[str, ...]) -> Request:
        """The same, asked of those people."""
        return self.model_copy(update={"assignees": assignees})

    def escalate(self, policy: EscalationPolicy) -> Request:
        """The same, asked of more people."""
        wider = Deciders(permission=policy.permission, groups=policy.groups)
        return self.model_copy(
            update={
                "deadline": None,
                "on_timeout": policy.on_timeout,
                "escalated": self.escalated + 1,
                "also": (*self.also, wider),
            }
        )

    def as_json(self) -> dict[str, Any]:
        """As it is stored; ``Request.model_validate`` reads it again."""
        return self.model_dump(mode="json")


def read_request(stored: Mapping[str, Any] | None) -> Request | None:
    """Return a step's stored request; None if this version can't read it, since a newer version wrote it."""
    try:
        return Request.model_validate(stored)
    except ValidationError:
        return None


def encode_pk(pk: object) -> str:
    """An assignee known by primary key. No username can be mistaken for it."""
    return f"pk:{pk}"


def encode_username(username: str) -> str:
    """An assignee known by name."""
    return f"username:{username}"
