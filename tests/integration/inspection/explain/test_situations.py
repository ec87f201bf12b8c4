"""Each situation is explained by its reason, its details and one sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.inspection.explain.explain import IMPORTANCE
from squid_mesh.inspection.explain.explanation import Reason
from tests.host.invariants import assert_consistent
from tests.integration.inspection.explain.situations import SITUATIONS, build_situation

Plan = dict[str, Any]
PAGE = Path(__file__).resolve().parents[4] / "docs" / "explaining.md"
#: Situations with rows that a sound run of this version never has.
NOT_SOUND = ("past_its_timeout", "unknown_run_status", "unknown_step_status", "newer_definition")
each = pytest.mark.parametrize("name", SITUATIONS)


def test_every_reason_has_a_situation() -> None:
    built = {one.reason for one in SITUATIONS.values()}
    built.update(reason for one in SITUATIONS.values() for reason in one.open.values())
    assert built == set(Reason)


def test_every_reason_of_a_step_is_in_the_order_of_importance() -> None:
    of_runs = {
        *(Reason.FAILING, Reason.CANCELLING, Reason.CANCELLED, Reason.COMPLETED),
        Reason.UNREADABLE_DEFINITION,
    }
    assert sorted(IMPORTANCE) == sorted(set(Reason) - of_runs)


@each
def test_a_situation_is_explained(name: str, plan: Plan) -> None:
    wanted = SITUATIONS[name]
    run_id = build_situation(name, plan)
    if name not in NOT_SOUND:
        assert_consistent(run_id)
    result = api.explain_run(run_id)
    assert (result.reason, result.status, result.step) == (wanted.reason, wanted.status, wanted.step)
    assert {key: result.details.get(key, "missing") for key in wanted.details} == wanted.details
    found = {one.step: one.reason for one in result.open}
    assert {step: found.get(step) for step in wanted.open} == wanted.open


@each
def test_the_run_has_the_reason_of_its_most_important_step_and_every_open_step_has_one(
    name: str, plan: Plan
) -> None:
    run_id = build_situation(name, plan)
    result = api.explain_run(run_id)
    reasons = {one.step: one for one in result.open}
    run = api.inspect_run(run_id)
    still = {"ready", "running", "waiting", "paused", "unknown"}
    if name != "newer_definition":
        assert {step.name for step in run.steps if step.current and step.status in still} <= set(reasons)
    if result.reason in IMPORTANCE and result.step and result.status not in ("failed", "failing"):
        mine = reasons[result.step]
        assert (result.reason, result.summary, result.details) == (mine.reason, mine.summary, mine.details)
        assert all(IMPORTANCE.index(result.reason) <= IMPORTANCE.index(one.reason) for one in result.open)


@each
def test_a_summary_is_one_plain_sentence_and_all_of_it_is_json(name: str, plan: Plan) -> None:
    result = api.explain_run(build_situation(name, plan))
    for sentence in (result.summary, *(one.summary for one in result.open)):
        assert re.fullmatch(r"[A-Z][^\n]*\.", sentence), sentence
        assert not re.search(r"%\(|None|\.\.|\{|\bat an unknown time", sentence), sentence
        assert ". " not in sentence, sentence
    assert api.Explanation.model_validate_json(result.model_dump_json()) == result
    json.dumps(result.details)  # no conversion needed


@each
def test_the_details_are_those_that_the_docs_name(name: str, plan: Plan) -> None:
    result = api.explain_run(build_situation(name, plan))
    named = set(re.findall(r"`(\w+)`", PAGE.read_text()))
    for details in (result.details, *(one.details for one in result.open)):
        assert set(details) <= named


@each
def test_the_events_are_the_runs_own_and_in_order(name: str, plan: Plan) -> None:
    run_id = build_situation(name, plan)
    result = api.explain_run(run_id)
    history = {event.sequence: event for event in api.inspect_run(run_id, history=True).events}
    assert result.events
    assert [history[event.sequence] for event in result.events] == list(result.events)
    assert list(result.events) == sorted(result.events, key=lambda event: event.sequence)
