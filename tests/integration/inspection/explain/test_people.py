"""The people asked are shown by name, whichever way the code named them."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.actions import Action
from tests.host import people
from tests.host.people import person
from tests.host.runs import driven

Plan = dict[str, Any]


@pytest.mark.parametrize("given", ["user", "key", "name"])
def test_an_assignee_is_shown_by_name(given: str, plan: Plan) -> None:
    ada, bob = person("ada"), person("bob")
    plan["reviewer"] = {"user": ada, "key": ada.pk, "name": "ada"}[given]
    run_id = driven(people.Sole)
    result = api.explain_run(run_id, user=bob)
    assert "Waiting for ada to decide" in result.summary
    (decide,) = (one for one in result.next_actions if one.action is Action.DECIDE)
    assert decide.why_not == "Only ada can decide."
    (offered,) = api.list_available_actions([run_id], user=bob)
    (decide,) = (one for one in offered.next_actions if one.action is Action.DECIDE)
    assert decide.why_not == "Only ada can decide."


@pytest.mark.parametrize(("given", "text"), [(4711, "user 4711"), ("outsider-of-ours", "outsider-of-ours")])
def test_a_deleted_assignee_is_shown_as_stored(given: Any, text: str, plan: Plan) -> None:
    plan["reviewer"] = given
    assert f"Waiting for {text} to decide" in api.explain_run(driven(people.Sole)).summary
