"""Which users may know of a run when they try an action on it: the same as on the action's page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from squid_mesh import api, authority
from squid_mesh.actions import SPECS, Action, Target
from squid_mesh.definitions.request import read_request
from squid_mesh.exceptions import RunNotFound
from squid_mesh.rest.base.permissions import has_permission, require_permission

#: How many earlier visits of each step are read: a user who was asked in one of them may know how it ended.
_VISITS = 20


def check_visibility(user: Any, run_id: UUID, action: Action, step: str | None) -> bool:
    """Return whether the user may view runs.

    Without ``view_run``, a user can try an action that is permitted now, or one that a step of the run has
    asked this user for: the response then says why it is too late. Other users can't even find out whether
    the run exists.

    Raises:
        NotPermitted: the user is one of these others.
    """
    if has_permission(user, "view_run"):
        return True
    if not _may_act(user, run_id, action, step):
        require_permission(user, action.value)
        require_permission(user, "view_run")
    return False


def _may_act(user: Any, run_id: UUID, action: Action, step: str | None) -> bool:
    """Return whether the user may perform the action now, or a step of the run has asked the user."""
    try:
        offers = api.explain_run(run_id, user=user).next_actions
        if any(one.permitted for one in offers if one.action is action and step in (None, "", one.step)):
            return True
        run = api.inspect_run(run_id, recent=_VISITS, preview=1)
    except RunNotFound:
        return False
    requests = [read_request(one.request) for one in run.steps if step in (None, one.name)]
    return SPECS[action].target is Target.HELD_STEP and any(
        request is not None and authority.find_denial(action, user, request=request) is None
        for request in requests
    )
