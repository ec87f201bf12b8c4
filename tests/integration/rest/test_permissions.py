"""The permission matrix: every kind of user sends a request by hand to every URL and every action.

``NEEDS`` is written by hand: no code that it checks produces it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.test import APIClient

from squid_mesh import StepFailed, api, authority
from squid_mesh.actions import Action
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven
from tests.integration.rest.requests import OPERATIONS, Operation

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "rest.md"
#: The permissions of each operation, all of them; of a tuple, one is enough. None: any user.
NEEDS: Final[Mapping[str, Any]] = {
    "get workflows/": ["view_run"],
    "get workflows/<str:workflow>/": ["view_run"],
    "get workflows/<str:workflow>/graph/": ["view_run"],
    "post workflows/<str:workflow>/runs/": ["start_run"],
    "get runs/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/explanation/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/graph/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/events/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/changes/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/payload/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/steps/<str:step>/attempts/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/steps/<str:step>/input/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/steps/<str:step>/output/": ["view_run"],
    "get runs/<squid_mesh_run:run_id>/actions/": [
        ("view_run", "cancel_run", "comment_run", "unblock_run", "skip_step", "rewind_run")
    ],
    "post runs/<squid_mesh_run:run_id>/actions/cancel_run/": ["cancel_run"],
    "post runs/<squid_mesh_run:run_id>/actions/comment_run/": ["comment_run"],
    "post runs/<squid_mesh_run:run_id>/actions/unblock_run/": ["unblock_run"],
    "post runs/<squid_mesh_run:run_id>/actions/decide_approval/": ["decide_approval"],
    "post runs/<squid_mesh_run:run_id>/actions/retry_step/": ["retry_step"],
    "post runs/<squid_mesh_run:run_id>/actions/skip_step/": ["skip_step"],
    "post runs/<squid_mesh_run:run_id>/actions/resolve_step/": ["resolve_step"],
    "post runs/<squid_mesh_run:run_id>/actions/rewind_run/": ["rewind_run"],
    "post runs/<squid_mesh_run:run_id>/actions/replay_run/": ["replay_run"],
    "get inbox/": [],
    "get triggers/": [("view_trigger", "change_trigger")],
    "get triggers/<str:workflow>/<str:trigger>/": [("view_trigger", "change_trigger")],
    "patch triggers/<str:workflow>/<str:trigger>/": ["change_trigger"],
    "post triggers/<str:workflow>/<str:trigger>/fire/": [("view_trigger", "change_trigger"), "start_run"],
    "get clusters/": ["view_run"],
    "get health/live/": ["view_run"],
    "get health/ready/": ["view_run"],
    "get schema/": [],
}
SINGLE: Final = (
    *("view_run", "view_trigger", "change_trigger", authority.START, authority.UNMASK, authority.OVERRIDE),
    *("view_steprun", "view_attempt", "view_auditevent", "view_cluster"),
    *(action.value for action in Action),
)


@dataclass(frozen=True)
class Kind:
    """A kind of user. ``gets_in``: the host's authentication accepts it."""

    permissions: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    groups: tuple[str, ...] = ()
    gets_in: bool = True
    all: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "anonymous": Kind(gets_in=False),
    "inactive": Kind(SINGLE, (("is_active", False),), gets_in=False),
    "inactive superuser": Kind((), (("is_superuser", True), ("is_active", False)), gets_in=False),
    "deleted": Kind(SINGLE, gets_in=False),
    "without permissions": Kind(),
    "staff without permissions": Kind((), (("is_staff", True),)),
    "staff who view": Kind(("view_run", "view_trigger"), (("is_staff", True),)),
    "of a group of deciders": Kind(groups=("Finance",)),
    "starter who fires": Kind(("view_trigger", "start_run")),
    "all permissions": Kind(SINGLE),
    "superuser": Kind((), (("is_superuser", True),), all=True),
    **{f"only {codename}": Kind((codename,)) for codename in SINGLE},
    **{f"view_run and {action.value}": Kind(("view_run", action.value)) for action in Action},
}


@pytest.fixture
def runs(plan: dict[str, Any]) -> Mapping[str, UUID]:
    """Runs in which each action is legal."""
    api.refresh_triggers()
    plan["two"] = StepFailed("No stock.")
    failed = driven(workflows.Chain)
    plan.clear()
    return {
        "held": driven(people.Holds),
        "asking": driven(people.FourEyes),
        "failed": failed,
        "completed": driven(workflows.Single),
        "of Finance": driven(people.Escalates),
    }


#: For each action a run in which it is legal, and a body.
BODIES: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "cancel_run": ("held", {}),
    "comment_run": ("completed", {"text": "seen"}),
    "unblock_run": ("held", {"step": "ready"}),
    "decide_approval": ("asking", {"exit": "approved"}),
    "retry_step": ("failed", {"step": "two"}),
    "skip_step": ("held", {"step": "ready"}),
    "resolve_step": ("failed", {"step": "two"}),
    "rewind_run": ("failed", {"step": "one"}),
    "replay_run": ("completed", {}),
}


def sign_in(kind: Kind) -> APIClient:
    client = APIClient()
    if kind == KINDS["anonymous"]:
        return client
    permissions = [f"squid_mesh.{codename}" for codename in kind.permissions]
    user = person("ada", *permissions, groups=kind.groups, **dict(kind.options))
    client.force_login(user)
    if kind == KINDS["deleted"]:
        User.objects.all().delete()
    return client


def send(client: APIClient, operation: Operation, runs: Mapping[str, UUID]) -> Any:
    """Send the request, and take back what it changes."""
    name = operation.route.rstrip("/").rpartition("/")[2]
    run, body = BODIES.get(name, ("held", {}))
    address = operation.address(
        run_id=runs[run],
        workflow="host.Twice" if "trigger" in operation.route else "host.Chain",
        trigger="nightly",
        step="before",
    )
    with transaction.atomic():
        response = client.generic(operation.method.upper(), address, *_json(operation, body))
        transaction.set_rollback(True)
    return response


def _json(operation: Operation, body: dict[str, Any]) -> tuple[Any, ...]:
    return () if operation.method == "get" else (json.dumps(body), "application/json")


def expected(kind: Kind, operation: Operation) -> int | None:
    """Return 401 or 403, or None if the request passes."""
    if not kind.gets_in:
        return 401
    needs = NEEDS[f"{operation.method} {operation.route}"]
    allowed = [
        bool({one} & set(kind.permissions) if isinstance(one, str) else set(one) & set(kind.permissions))
        for one in needs
    ]
    return None if kind.all or all(allowed) else 403


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_user_reaches_what_it_may_and_nothing_else(name: str, runs: Any) -> None:
    kind = KINDS[name]
    client = sign_in(kind)
    for operation in OPERATIONS:
        response = send(client, operation, runs)
        wanted, label = expected(kind, operation), f"{operation.method} {operation.route}: {response.content}"
        if wanted is None:
            assert response.status_code in (200, 201, 503), label
        else:
            assert response.status_code == wanted, label
            assert response.json()["code"] == ("not_authenticated" if wanted == 401 else "not_permitted")
        if wanted == 403:
            assert response.json()["details"]["permission"].startswith("squid_mesh."), label


def test_there_are_enough_kinds_and_every_operation_has_an_expectation() -> None:
    assert len(KINDS) >= 30
    assert NEEDS.keys() == {f"{one.method} {one.route}" for one in OPERATIONS}
    assert BODIES.keys() == {action.value for action in Action}


def test_a_group_may_decide_what_asks_it_and_sees_no_run(runs: Any) -> None:
    client = sign_in(KINDS["of a group of deciders"])
    decide = next(one for one in OPERATIONS if one.route.endswith("decide_approval/"))
    address = decide.address(run_id=runs["of Finance"])
    assert client.post(address, {"exit": "approved"}, format="json").status_code == 200
    assert client.get(address.removesuffix("actions/decide_approval/")).status_code == 403


def test_a_refused_request_changes_nothing(runs: Any) -> None:
    client = sign_in(KINDS["only view_run"])
    before = [api.inspect_run(run, history=True) for run in runs.values()]
    for operation in OPERATIONS:
        if operation.method != "get":
            assert send(client, operation, runs).status_code == 403
    assert [api.inspect_run(run, history=True) for run in runs.values()] == before
    assert len(api.list_runs().runs) == len(runs)


def test_the_docs_have_the_permissions_of_each_resource() -> None:
    rows = re.findall(r"^\| (`.*/`) \| (GET|POST|PATCH) \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    listed = {}
    for resources, method, text in rows:
        for resource in re.findall(r"`([^`]+)`", resources):
            place = resource.replace("…/", "runs/{id}/steps/{step}/")
            listed[f"{method.lower()} {place}"] = set(re.findall(r"`([a-z]+_[a-z_]+)`", text))
    names = {f"<str:{name}>": f"{{{name}}}" for name in ("workflow", "step", "trigger")}
    names["<squid_mesh_run:run_id>"] = "{id}"
    for key, needs in NEEDS.items():
        place = key.replace("workflows/<str:workflow>", "workflows/{name}").replace(
            "<str:workflow>", "{workflow}"
        )
        for old, new in names.items():
            place = place.replace(old, new)
        if "/actions/" in place:
            place = "post runs/{id}/actions/{action}/" if place.startswith("post") else place
            assert place in listed, place
            continue
        wanted = {one for need in needs for one in ([need] if isinstance(need, str) else need)}
        extra = {"view_run"} if place == "post workflows/{name}/runs/" else set()
        assert listed[place] == wanted | extra, place
