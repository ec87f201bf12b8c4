"""Declaring the steps that wait for people: ``pause("…")`` and ``approval("…")``."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from squid_mesh.definitions import builtins
from squid_mesh.definitions.blueprint import Join
from squid_mesh.definitions.declare.request import Assignee, Deadline, Escalation, RequestDeclaration
from squid_mesh.definitions.declare.step import After, Guard, StepDeclaration
from squid_mesh.definitions.problems import find_caller


def pause(
    prompt: str = "",
    *,
    permission: str = "",
    groups: Sequence[str] = (),
    after: After = (),
    when: Guard | None = None,
    join: Join | None = None,
) -> StepDeclaration:
    """Declare a pause: its branch goes on once a person has said so.

    Args:
        prompt: what that person is asked.
        permission: ``app.codename``; who has it. ``squid_mesh.unblock_run`` where nobody is named.
        groups: names; who is in one of them. With a permission both must hold.
    """
    request = RequestDeclaration("pause", prompt, permission, groups)
    return StepDeclaration(
        builtins.pause, find_caller(), after=after, when=when, join=join, is_builtin=True, request=request
    )


def approval(
    prompt: str = "",
    *,
    output: str | None = None,
    form: type[BaseModel] | None = None,
    exits: Sequence[str] = (),
    permission: str = "",
    groups: Sequence[str] = (),
    assignee: Assignee | None = None,
    quorum: int = 1,
    rejections: int = 1,
    not_by_starter: bool = False,
    deadline: Deadline = None,
    on_timeout: str | Escalation | None = None,
    after: After = (),
    when: Guard | None = None,
    join: Join | None = None,
) -> StepDeclaration:
    """Declare an approval: people decide by which of its exits its branch goes on.

    ``approved``, which is its ``>>``, and ``rejected`` are always exits, and so is each label with a route.
    It is decided by people for whom all holds that is named here; else by ``squid_mesh.decide_approval``.

    Args:
        prompt: what people are asked.
        output: the key the form's answers are stored under; without one its fields are merged.
        form: a pydantic model of the answers, at the top of a module or in the workflow's class.
        exits: further exits, each of which needs a route.
        permission: ``app.codename``; who has it.
        groups: names; who is in one of them.
        assignee: a named function of the state; it returns users, primary keys (int, UUID) or usernames.
        quorum, rejections: how many different people have to approve, or to reject.
        not_by_starter: whoever started the run may not decide.
        deadline: seconds, or a timedelta, for which it waits.
        on_timeout: the exit taken at the deadline, ``timeout`` by default, or ``escalate(...)``.
    """
    request = RequestDeclaration(
        "approval",
        prompt,
        permission,
        groups,
        form=form,
        exits=exits,
        assignee=assignee,
        quorum=quorum,
        rejections=rejections,
        not_by_starter=not_by_starter,
        deadline=deadline,
        on_timeout=on_timeout,
    )
    return StepDeclaration(
        target=builtins.approval,
        location=find_caller(),
        output=output,
        join=join,
        after=after,
        when=when,
        is_builtin=True,
        request=request,
    )
