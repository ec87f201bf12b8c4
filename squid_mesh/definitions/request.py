"""What a step asks people: who may decide, how, and what happens at the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import AwareDatetime, ValidationError

from squid_mesh.definitions.blueprint import OK, FrozenModel
from squid_mesh.definitions.choices import RequestKind
from squid_mesh.definitions.forms.schema import is_schema

APPROVED: Final = "approved"
REJECTED: Final = "rejected"
TIMEOUT: Final = "timeout"


def outcome_of(exit: str) -> str:
    """Return the outcome of an approval's exit: ``ok`` for ``approved``, else the exit itself."""
    return OK if exit == APPROVED else exit


class Deciders(FrozenModel):
    """People who may decide: users who meet every condition that is set.

    ``permission`` is an ``app.codename`` or empty. ``groups`` are names; membership of one is enough.
    ``assignees`` are users as :func:`encode_pk` and :func:`encode_username` return them; None sets no limit.
    """

    permission: str = ""
    groups: tuple[str, ...] = ()
    assignees: tuple[str, ...] | None = None


class EscalationPolicy(FrozenModel):
    """Who else may decide once a deadline has passed, and what happens at the next deadline.

    ``deadline`` is in seconds from then on. ``on_timeout`` is None if and only if ``deadline`` is.
    """

    permission: str = ""
    groups: tuple[str, ...] = ()
    deadline: float | None = None
    on_timeout: str | EscalationPolicy | None = None


class Request(FrozenModel):
    """A question to people. It is fixed when it is asked: a deploy doesn't change it.

    ``exits`` are the answers that people may choose; a pause has only ``ok``. ``form`` is the code path of a
    pydantic model, ``form_schema`` its JSON schema. ``quorum`` people must approve, or ``rejections``
    people reject. At ``deadline``, a time of the database's clock that the engine sets when it stores the
    request, ``on_timeout`` happens: an exit, or an escalation. ``escalated`` counts the escalations so far,
    ``also`` holds the people they added.
    """

    kind: RequestKind
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
        """The sets of people who may decide. Belonging to one of them is enough."""
        asked = Deciders(permission=self.permission, groups=self.groups, assignees=self.assignees)
        return (asked, *self.also)

    def votes_needed(self, exit: str) -> int:
        """Return how many people must choose this exit before the approval ends with it.

        Every exit except a rejection needs the quorum, so that no other exit bypasses it.
        """
        return self.rejections if exit == REJECTED else self.quorum

    def with_assignees(self, assignees: tuple[str, ...]) -> Request:
        """Return a copy that only these people may decide."""
        return self.model_copy(update={"assignees": assignees})

    def escalate(self, policy: EscalationPolicy) -> Request:
        """Return a copy that the people of the escalation may decide, too."""
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
        """Return the stored form; ``Request.model_validate`` reads it."""
        return self.model_dump(mode="json")


def read_request(stored: Mapping[str, Any] | None) -> Request | None:
    """Return a step's stored request; None if it is damaged, or a newer version wrote it."""
    try:
        found = Request.model_validate(stored)
    except ValidationError:
        return None
    return found if found.form_schema is None or is_schema(found.form_schema) else None


def encode_pk(pk: object) -> str:
    """Return an assignee given by primary key. It can't be confused with a username."""
    return f"pk:{pk}"


def encode_username(username: str) -> str:
    """Return an assignee given by username."""
    return f"username:{username}"
