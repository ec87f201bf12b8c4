"""Who may not decide although the approval names them."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.exceptions import NotPermitted
from tests.host import people
from tests.host.people import person
from tests.host.runs import driven, statuses


@pytest.mark.parametrize("workflow", [people.Escalates, people.Sole])
def test_an_inactive_account_cannot_decide_by_its_group_or_name(workflow: Any, plan: dict[str, Any]) -> None:
    plan["reviewer"] = "ada"
    ada = person("ada", groups=("Finance",), is_active=False)
    run_id = driven(workflow)
    with pytest.raises(NotPermitted, match="is inactive"):
        api.approve_run(run_id, actor=ada)
    assert statuses(run_id)["review"] == "paused"
    assert not [one for one in api.explain_run(run_id, user=ada).next_actions if one.permitted]
    assert api.list_waiting(user=ada).items == ()
