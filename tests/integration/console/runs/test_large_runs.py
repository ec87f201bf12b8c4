"""Pages of a run with large values read their beginning only; each value can be downloaded whole."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any
from uuid import UUID

import pytest

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument, StepNotFound
from tests.host.runs import driven, row
from tests.host.sizes import ManyLarge

VIEW = "squid_mesh.view_run"
MB = 1024 * 1024
SECRETS = ("s3cr3t-of", "1234-5678")


@pytest.fixture(autouse=True)
def large_outputs(settings: Any) -> None:
    limits = {"OUTPUT_BYTES": 64 * MB, "PAYLOAD_BYTES": 64 * MB}
    settings.SQUID_MESH = {**getattr(settings, "SQUID_MESH", {}), "LIMITS": limits}


def url(run_id: UUID, page: str = "change/") -> str:
    return f"/admin/squid_mesh/run/{run_id}/{page}"


@pytest.mark.parametrize("page", ["change/", "raw/"])
def test_a_page_reads_only_the_beginning_of_large_values(page: str, staff: Any) -> None:
    run_id = driven(ManyLarge, {"size": 5 * MB, "text": "y" * 5 * MB})
    client = staff(VIEW)
    client.get(url(run_id, page))  # templates, imports
    tracemalloc.start()
    response = client.get(url(run_id, page))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert response.status_code == 200
    assert peak < 15 * MB
    shown = response.content.decode()
    assert not any(secret in shown for secret in SECRETS)
    assert "x" * 10_000 in shown


def test_the_run_page_says_how_large_a_value_is_and_links_to_it(staff: Any) -> None:
    run_id = driven(ManyLarge, {"size": MB})
    client = staff(VIEW)
    shown = client.get(url(run_id)).content.decode()
    address = url(run_id, "value/one/1/output/")
    assert f'href="{address}"' in shown
    assert "Only the beginning is shown; the whole value has 1,0" in shown
    response = client.get(address)
    assert response["Content-Disposition"] == f'attachment; filename="{run_id}-one-1-output.json"'
    value = json.loads(response.content)
    assert (len(value["text"]), len(value["numbers"])) == (MB, 100)
    assert value["token"] == value["pin"] == "********************"


def test_downloads_need_the_permission_and_exist_for_values_only(staff: Any) -> None:
    run_id = driven(ManyLarge, {"size": 1})
    assert staff(name="eve").get(url(run_id, "payload/")).status_code == 403
    client = staff(VIEW)
    assert json.loads(client.get(url(run_id, "payload/")).content)["size"] == 1
    assert json.loads(client.get(url(run_id, "value/one/1/input/")).content) == {"size": 1}
    for page in ("value/one/2/output/", "value/six/1/output/", "value/one/1/error/", "value/one/1/payload/"):
        assert client.get(url(run_id, page)).status_code == 404


def test_a_small_run_is_whole_and_has_no_note(staff: Any) -> None:
    run_id = driven(ManyLarge, {"size": 1_000})
    client = staff(VIEW)
    assert "Only the beginning" not in client.get(url(run_id)).content.decode()
    raw = json.loads(client.get(url(run_id, "raw/")).content)
    assert "left_out" not in raw
    assert raw["run"]["cut"] == {}
    assert len(raw["run"]["state"]["five"]["text"]) == 1_000


def test_a_run_of_some_size_is_whole_in_its_json(staff: Any) -> None:
    run_id = driven(ManyLarge, {"size": 200_000})
    raw = json.loads(staff(VIEW).get(url(run_id, "raw/")).content)
    assert "left_out" not in raw
    assert len(raw["run"]["steps"][0]["output"]["text"]) == 200_000


def test_the_beginning_of_a_value_is_a_part_of_it_whatever_its_length() -> None:
    run_id = driven(ManyLarge, {"size": 0, "text": 'Grüße \U0001f991 "\\'})
    whole = api.inspect_run(run_id)
    for preview in range(1, 200):
        cut = api.inspect_run(run_id, preview=preview)
        assert cut.is_cut
        for name, value in cut.payload.items():
            assert value == whole.payload[name] or whole.payload[name].startswith(value)
        output, complete = cut.step("one").output or {}, whole.step("one").output
        assert output.get("numbers", []) == complete["numbers"][: len(output.get("numbers", []))]
        assert output.get("token", complete["token"]) == complete["token"]


def test_a_value_that_fits_is_not_cut() -> None:
    run_id = driven(ManyLarge, {"size": 10})
    assert api.inspect_run(run_id, preview=100_000) == api.inspect_run(run_id)
    assert not api.inspect_run(run_id, preview=100_000).is_cut


def test_one_value_is_read_masked() -> None:
    run_id = driven(ManyLarge, {"size": 3})
    whole = api.inspect_run(run_id)
    assert api.read_value(run_id, "payload") == whole.payload
    for step in whole.steps:
        assert api.read_value(run_id, "output", step=step.name) == step.output
        assert api.read_value(run_id, "input", step=step.name) == step.input
    assert row(run_id, "one").output["pin"] == "1234-5678"
    with pytest.raises(StepNotFound):
        api.read_value(run_id, "output", step="one", visit=2)
    for name, step_name in (("output", None), ("payload", "one"), ("error", "one")):
        with pytest.raises(InvalidArgument):
            api.read_value(run_id, name, step=step_name)
