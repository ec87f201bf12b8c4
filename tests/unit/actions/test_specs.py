"""Every action has one complete spec, and everything that a spec names exists."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from squid_mesh import api
from squid_mesh.actions import SPECS, Action, Field, Target
from squid_mesh.actions.spec import Emphasis
from squid_mesh.console.actions.bulk import BULK_ACTIONS
from squid_mesh.lifecycle import EventType
from squid_mesh.management.verbs import VERBS
from squid_mesh.models import Run

DOCS = Path(__file__).resolve().parents[3] / "docs"
PLACEHOLDERS = {"workflow": "w", "step": "s", "next": "n", "again": "a"}

each_action = pytest.mark.parametrize("action", list(Action))


def test_the_registry_has_one_spec_for_each_action() -> None:
    assert set(SPECS) == set(Action)
    assert len({id(spec) for spec in SPECS.values()}) == len(Action)


@each_action
def test_a_spec_has_every_text(action: Action) -> None:
    spec = SPECS[action]
    for text in (spec.label, spec.permission, spec.past, *spec.effects, *spec.events.values()):
        assert str(text).strip()
    assert spec.effects
    assert spec.commands
    for bulk in spec.bulk:
        assert all(str(text).strip() for text in (bulk.name, bulk.label, bulk.title, bulk.effect))


@each_action
def test_the_texts_of_a_spec_use_only_the_documented_placeholders(action: Action) -> None:
    spec = SPECS[action]
    values = PLACEHOLDERS if spec.needs_step else {"workflow": "w", "step": "s"}
    for effect in spec.effects:
        assert "%(" not in str(effect) % values
    for exit in ("", "approved", "later"):
        for ending in (True, False):
            message = spec.done_message(step="s", exit=exit, ending=ending)
            assert message
            assert "%" not in message


@each_action
def test_an_action_has_a_permission_on_runs(action: Action) -> None:
    assert (action.value, SPECS[action].permission) in Run._meta.permissions


@each_action
def test_an_action_has_an_api_function_of_its_name_and_an_async_twin(action: Action) -> None:
    function = getattr(api, action.value)
    assert api.actions.FUNCTIONS[action] is function
    assert {action.value, f"a{action.value}"} <= set(api.__all__)


@each_action
def test_the_api_function_takes_the_fields_of_the_spec(action: Action) -> None:
    spec = SPECS[action]
    parameters = set(inspect.signature(getattr(api, action.value)).parameters)
    target = {
        Target.RUN: set(),
        Target.RUN_OR_STEP: {"step"},
        Target.STEP: {"step", "visit"},
        Target.HELD_STEP: {"step", "visit"},
    }[spec.target]
    assert parameters == {"run_id", "actor"} | target | {field.value for field in spec.fields}


@each_action
def test_an_action_has_a_field_for_the_persons_words(action: Action) -> None:
    assert SPECS[action].note in SPECS[action].fields


@each_action
def test_an_action_has_a_verb_that_asks_for_all_its_fields(action: Action) -> None:
    names = [verb.name for verb in VERBS]
    for command in SPECS[action].commands:
        assert names.count(command.verb) == 1
        assert command.help.endswith(".")
        assert set(command.preset) <= set(SPECS[action].fields)
    assert SPECS[action].verb in names


@each_action
def test_an_action_has_a_row_in_a_table_of_the_docs(action: Action) -> None:
    rows = [
        line
        for page in DOCS.rglob("*.md")
        for line in page.read_text().splitlines()
        if line.startswith("|") and f"`{action.value}`" in line.split("|")[1]
    ]
    assert rows, f"no table in docs/ has a row for the function {action.value}"


@each_action
def test_the_verbs_of_an_action_have_a_section_in_the_docs(action: Action) -> None:
    reference = (DOCS / "commands.md").read_text()
    for command in SPECS[action].commands:
        assert re.search(rf"^### `{command.verb} ", reference, re.MULTILINE)


def test_no_two_actions_record_the_same_event() -> None:
    events = [event for spec in SPECS.values() for event in spec.events]
    assert len(set(events)) == len(events)
    assert set(events) <= set(EventType)
    assert all(spec.events for spec in SPECS.values())


def test_only_actions_that_can_repeat_irreversible_steps_ask_whether_they_may() -> None:
    asking = {action for action, spec in SPECS.items() if Field.ALLOW_IRREVERSIBLE in spec.fields}
    assert asking == {Action.RETRY, Action.REWIND, Action.REPLAY}


def test_bulk_actions_have_unique_names_and_preset_what_they_do_not_ask() -> None:
    names = [wanted.bulk.name for wanted in BULK_ACTIONS]
    assert len(set(names)) == len(names)
    for wanted in BULK_ACTIONS:
        asked = {wanted.spec.note, Field.ALLOW_IRREVERSIBLE, Field.IDEMPOTENCY_KEY, *wanted.bulk.preset}
        required = set(wanted.spec.fields) - asked
        assert required <= {Field.DATA, Field.PAYLOAD}, "the bulk page has no form for these fields"


def test_the_names_of_the_api_are_unique_and_documented() -> None:
    assert len(set(api.__all__)) == len(api.__all__)
    silent = [name for name in api.__all__ if not name.isupper() and not getattr(api, name).__doc__]
    assert not silent


#: What the history and messages say, the order and place of the button, and the actions in lists; "!" marks
#: what is dangerous.
SHOWN = {
    "cancel_run": ("cancelled", 1, True, Emphasis.DANGER, ["cancel!"]),
    "unblock_run": ("resumed", 0, True, Emphasis.FIRST, ["unblock"]),
    "decide_approval": ("decided", 0, True, Emphasis.FIRST, ["approve", "reject!"]),
    "retry_step": ("retried", 0, True, Emphasis.FIRST, ["retry"]),
    "skip_step": ("skipped", 0, True, Emphasis.QUIET, []),
    "resolve_step": ("marked as done or failed", 0, True, Emphasis.QUIET, []),
    "rewind_run": ("rewound to", 2, False, Emphasis.QUIET, []),
    "replay_run": ("replayed", 1, True, Emphasis.QUIET, ["replay"]),
    "comment_run": ("commented on", 3, False, Emphasis.QUIET, []),
}


@each_action
def test_an_action_is_shown_as_designed(action: Action) -> None:
    spec = SPECS[action]
    bulk = [one.name + "!" * one.dangerous for one in spec.bulk]
    assert (spec.past, spec.rank, spec.prominent, spec.emphasis, bulk) == SHOWN[action.value]
