"""The catalogue: what the code has beside what runs remember, and how the newest runs stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from pydantic import BaseModel, Field

from squid_mesh import Workflow, api, manual, step
from squid_mesh.definitions import registry
from squid_mesh.exceptions import WorkflowNotFound
from squid_mesh.inspection.catalogue import payload_schema
from squid_mesh.models import Definition, Run
from tests.host import payloads, steps, workflows
from tests.host.runs import driven
from tests.host.steps import Broken


def remembered(name: str = "old.Gone") -> None:
    """A definition of a workflow that isn't installed any more."""
    driven(workflows.Chain)
    known = Definition.objects.get(workflow="host.Chain")
    Definition.objects.create(
        fingerprint="f" * 64,
        workflow=name,
        blueprint={**known.blueprint, "workflow": name},
        created_at=known.created_at,
    )


def listed(name: str) -> api.WorkflowSummary:
    return next(one for one in api.list_workflows() if one.name == name)


def test_installed_workflows_and_those_of_stored_runs_are_listed() -> None:
    remembered()
    names = [one.name for one in api.list_workflows()]
    assert names == sorted({*(cls.workflow_name for cls in registry.list_workflows()), "old.Gone"})
    assert not listed("old.Gone").installed
    clocked = listed("host.Clocked")
    assert (clocked.installed, clocked.doc) == (True, "One trigger for each policy of the clock.")
    assert [trigger.cron for trigger in clocked.triggers] == ["*/10 * * * *"] * 4


def test_the_newest_runs_are_counted_by_status(plan: dict[str, Any]) -> None:
    assert listed("host.Single").recent == api.RecentRuns(
        examined=0, by_status={}, failure_rate=None, last=None
    )
    plan["only"] = [None, None, Broken("no"), None]
    for _ in range(4):
        last = driven(workflows.Single)
    api.start_run(workflows.Single)
    recent = listed("host.Single").recent
    assert recent.by_status == {"pending": 1, "completed": 3, "failed": 1}
    assert (recent.examined, recent.failure_rate) == (5, 0.25)
    assert recent.last is not None
    assert recent.last.id != last


def test_a_workflow_is_shown_in_full() -> None:
    driven(workflows.Chain)
    found = api.inspect_workflow("host.Chain")
    assert found == api.inspect_workflow(workflows.Chain)
    assert [one.name for one in found.steps] == ["one", "two", "three"]
    assert found.payload_schemas["manual"]["properties"]["order_id"]["default"] == 1
    assert [run.status for run in found.runs] == ["completed"]
    assert [(one.fingerprint, one.current) for one in found.definitions] == [(found.fingerprint, True)]
    assert json.loads(json.dumps(found.model_dump(mode="json")))["name"] == "host.Chain"


def test_an_uninstalled_workflow_is_shown_by_its_newest_definition() -> None:
    remembered()
    found = api.inspect_workflow("old.Gone")
    assert (found.installed, found.doc, found.payload_schemas) == (False, "", {})
    assert [one.name for one in found.steps] == ["one", "two", "three"]
    assert [one.current for one in found.definitions] == [False]


def test_an_unknown_workflow_is_not_found() -> None:
    with pytest.raises(WorkflowNotFound) as caught:
        api.inspect_workflow("host.Chein")
    assert "host.Chain" in str(caught.value)


def test_a_secrets_default_is_hidden_and_a_payload_without_a_schema_has_none() -> None:
    class Sensitive(BaseModel):
        iban: str = Field("DE00", examples=["DE01"], json_schema_extra={"sensitive": True})

    assert "DE0" not in json.dumps(payload_schema(Sensitive))

    assert payload_schema(payloads.Asks.Odd) is None


def test_the_cost_depends_on_workflows_and_not_on_runs(django_assert_max_num_queries: Any) -> None:
    with registry.isolate():

        class Only(Workflow):
            name = "test.Only"
            started = manual()
            act = step(steps.act)

        for number in (1, 150):
            for _ in range(number):
                api.start_run(Only)
            with django_assert_max_num_queries(3):
                (one,) = api.list_workflows()
            with django_assert_max_num_queries(4):
                api.inspect_workflow(Only)
    assert one.recent.examined == 100
    assert Run.objects.count() == 151


@pytest.mark.django_db(transaction=True)
def test_the_async_functions_return_the_same() -> None:
    driven(workflows.Chain)
    assert async_to_sync(api.alist_workflows)() == api.list_workflows()
    assert async_to_sync(api.ainspect_workflow)("host.Chain") == api.inspect_workflow("host.Chain")
