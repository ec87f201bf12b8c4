"""People who are no longer there, and texts that no database stores."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.exceptions import NotPermitted
from squid_mesh.models import Decision
from tests.host import people, workflows
from tests.host.looking import driven, seen, statuses
from tests.host.people import person


@pytest.mark.parametrize("workflow", [people.Escalates, people.Sole])
def test_an_account_that_is_not_active_decides_nothing_by_its_group_or_name(
    workflow: Any, plan: dict[str, Any]
) -> None:
    plan["reviewer"] = "ada"
    ada = person("ada", groups=("Finance",), is_active=False)
    run_id = driven(workflow)
    with pytest.raises(NotPermitted, match="isn't active"):
        api.approve_run(run_id, actor=ada)
    assert statuses(run_id)["review"] == "paused"
    assert not [one for one in api.explain_run(run_id, user=ada).next_actions if one.permitted]
    assert api.list_waiting(user=ada).items == ()


def test_a_comment_with_a_character_that_is_not_stored_is_kept_without_it() -> None:
    run_id = driven(people.Expires)
    ada = person("ada", "squid_mesh.decide_run")
    api.comment_run(run_id, "one\x00two")
    api.approve_run(run_id, actor=ada, comment="fine\x00")
    assert [event.comment for event in seen(run_id).events if event.comment] == ["one\ufffdtwo", "fine\ufffd"]
    assert Decision.objects.get().comment == "fine\ufffd"


def test_secrets_are_revealed_for_a_reason_whatever_its_characters() -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123"})
    assert api.reveal_run(run_id, actor=None, reason="a\x00b").payload["token"] == "tok-123"
