"""The declarations of the built-in steps that wait for people: ``pause("…")`` and ``approval("…")``."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from squid_mesh.definitions import builtins
from squid_mesh.definitions.choices import Join
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
    """Declare a step that waits until a person resumes it.

    Args:
        prompt: the question that the person reads.
        permission: ``app.codename``; users with this permission may resume the step. Without permission and
            groups, users with ``squid_mesh.unblock_run`` may.
        groups: group names; members of one of them may resume it. With a permission, both are required.
        after, when, join: see ``step``.
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
    """Declare a step that waits until people choose one of its exits.

    Every approval has the exits ``approved``, which ``>>`` follows, and ``rejected``. Each label that has a
    route is an exit, too. Users who meet every condition given here may decide; if permission, groups and
    assignee are all missing, users with ``squid_mesh.decide_run`` may.

    Args:
        prompt: the question that people read.
        output: the key under which the form's answers are stored; without it they are merged into the state.
        form: a pydantic model of the answers, at module level or in the workflow's class.
        exits: further exits; each needs a route.
        permission: ``app.codename``; users with this permission may decide.
        groups: group names; members of one of them may decide.
        assignee: a named function that returns the users who may decide: users, primary keys (int, UUID) or
            usernames. Its parameters come from the state, like those of a step.
        quorum, rejections: how many different people must approve, or reject.
        not_by_starter: if True, the person who started the run may not decide.
        deadline: how long the step waits: seconds or a timedelta.
        on_timeout: the exit taken at the deadline, by default ``timeout``, or ``escalate(...)``.
        after, when, join: see ``step``.
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
