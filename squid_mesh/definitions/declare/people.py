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

    The exits are ``approved``, which ``>>`` follows, ``rejected``, and each label that has a route. Without
    permission, groups and assignee, users with ``squid_mesh.decide_approval`` may decide.

    Args:
        prompt: the question that people read.
        output: the key of the form's answers; without it they are merged into the state.
        form: a pydantic model of the answers, at module level or in the workflow's class.
        exits: further exits; each needs a route.
        permission, groups: the deciding users have this ``app.codename`` and are in one of these groups.
        assignee: a named function that returns the deciding users, their primary keys or usernames.
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
        after=after,
        when=when,
        join=join,
        is_builtin=True,
        request=request,
    )
