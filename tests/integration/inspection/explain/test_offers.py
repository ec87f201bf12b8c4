"""What is offered can be done, and what isn't offered is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from squid_mesh import api
from squid_mesh.actions import SPECS, Action
from squid_mesh.exceptions import (
    IllegalAction,
    InvalidArgument,
    IrreversibleSteps,
    NotPermitted,
    UnreadableDefinition,
    UnreadableRow,
)
from squid_mesh.models import Attempt, AuditEvent, Decision, Run, StepRun
from tests.host.invariants import assert_consistent
from tests.host.offers import perform
from tests.host.people import person
from tests.host.runs import run_until_idle
from tests.integration.inspection.explain.situations import SITUATIONS, build_situation

Plan = dict[str, Any]
each = pytest.mark.parametrize("name", SITUATIONS)
OF_STEPS = tuple(action for action, spec in SPECS.items() if spec.needs_step)
OF_RUNS = tuple(action for action, spec in SPECS.items() if not spec.needs_step)
ALL = tuple(f"squid_mesh.{action.value}" for action in Action)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows() -> list[list[dict[str, Any]]]:
    """All that is written of runs."""
    return [
        list(model.objects.order_by("pk").values()) for model in (Run, StepRun, Attempt, AuditEvent, Decision)
    ]


def tried(offer: api.NextAction) -> tuple[str, ...]:
    """Each way to do it."""
    return offer.exits if offer.action in (Action.DECIDE, Action.RESOLVE) else ("",)


def same(offer: api.NextAction, run_id: UUID, user: User | None = None) -> api.NextAction:
    """That action as it is offered of that run."""
    (found,) = (
        one
        for one in api.explain_run(run_id, user=user).next_actions
        if (one.action, one.step) == (offer.action, offer.step)
    )
    return found


def qualified(run_id: UUID, offer: api.NextAction, outsider: User) -> User:
    """Return a user who has exactly what the explanation says is needed."""
    needs = same(offer, run_id, outsider).needs
    wanted = [needs["permission"]] if "permission" in needs else []
    wanted += [needs["and"]["permission"]] if "and" in needs else []
    name = next((who.partition(":")[2] for who in needs.get("assignees", [])), "qualified")
    User.objects.filter(username=name).delete()
    return person(name, *wanted, groups=tuple(needs.get("groups", [])[:1]))


@each
def test_exactly_the_listed_actions_are_offered_those_on_the_runs_step_first(name: str, plan: Plan) -> None:
    result = api.explain_run(build_situation(name, plan))
    offered = [f"{one.action.value} {one.step}".strip() for one in result.next_actions]
    assert set(offered) == SITUATIONS[name].offers
    assert len(offered) == len(set(offered))
    if any(one.step == result.step and one.action in OF_STEPS[:5] for one in result.next_actions):
        assert result.next_actions[0].step == result.step
    if offered:
        assert result.next_actions[-1].action is Action.COMMENT
    assert all(one.permitted is None and not one.why_not and not one.needs for one in result.next_actions)


@each
def test_every_offered_action_works_and_leaves_a_sound_run(name: str, plan: Plan) -> None:
    wanted = SITUATIONS[name]
    with undone():
        offers = api.explain_run(build_situation(name, plan)).next_actions
    for offer in offers:
        for exit in tried(offer):
            if name == "assigned_to_its_starter_alone" and offer.action is Action.DECIDE:
                continue  # legal, but no one is permitted: see below
            with undone():
                run_id = build_situation(name, plan)
                outsider = person("outsider")
                actor = qualified(run_id, offer, outsider)
                written = AuditEvent.objects.filter(run_id=run_id).count()
                perform(
                    run_id,
                    same(offer, run_id),
                    actor,
                    exit=exit,
                    output=wanted.outputs.get(offer.step),
                    answers=wanted.answers if exit == "approved" else None,
                )
                assert AuditEvent.objects.filter(run_id=run_id).count() > written
                if name != "past_its_timeout":
                    assert_consistent(run_id)
                run_until_idle()
                assert_consistent(run_id)
                assert api.explain_run(run_id).next_actions


@each
def test_an_action_that_is_not_offered_is_refused_and_writes_nothing(name: str, plan: Plan) -> None:
    run_id = build_situation(name, plan)
    chief = person("chief", is_superuser=True)
    offers = {(one.action, one.step): one for one in api.explain_run(run_id).next_actions}
    every = [(action, "") for action in OF_RUNS]
    every += [
        (action, step) for action in OF_STEPS for step in {s.name for s in api.inspect_run(run_id).steps}
    ]
    before = rows()
    for action, step in every:
        if (action, step) in offers:
            continue
        wrong = api.NextAction(action=action, step=step, irreversible=("all",))
        exit = {Action.DECIDE: "approved", Action.RESOLVE: "ok"}.get(action, "")
        with pytest.raises((IllegalAction, UnreadableDefinition, UnreadableRow)):
            perform(run_id, wrong, chief, exit=exit)
        assert rows() == before, f"{action} {step}"


@each
def test_an_exit_that_is_not_offered_is_refused_and_writes_nothing(name: str, plan: Plan) -> None:
    run_id = build_situation(name, plan)
    for offer in api.explain_run(run_id).next_actions:
        if offer.action not in (Action.DECIDE, Action.RESOLVE):
            continue
        actor = qualified(run_id, offer, person("outsider"))
        before = rows()
        for exit in {"approved", "rejected", "ok", "error", "timeout", "no such"} - set(offer.exits):
            with pytest.raises((InvalidArgument, NotPermitted)):
                perform(run_id, offer, actor, exit=exit)
        assert rows() == before
        User.objects.filter(username="outsider").delete()


@each
def test_an_action_that_repeats_irreversible_steps_names_them_and_needs_the_override(
    name: str, plan: Plan
) -> None:
    run_id = build_situation(name, plan)
    before = rows()
    chief = person("chief", is_superuser=True)
    for offer in api.explain_run(run_id).next_actions:
        if offer.irreversible:
            with pytest.raises(IrreversibleSteps) as caught:
                perform(run_id, offer.model_copy(update={"irreversible": ()}), chief)
            assert tuple(caught.value.details["steps"]) == offer.irreversible
            assert rows() == before


def test_some_situations_repeat_irreversible_steps(plan: Plan) -> None:
    found = {}
    for name in ("completed_irreversibly", "unknown_and_irreversible"):
        with undone():
            result = api.explain_run(build_situation(name, plan))
            found[name] = {
                f"{o.action.value} {o.step}": o.irreversible for o in result.next_actions if o.irreversible
            }
    assert found == {
        "completed_irreversibly": {
            "replay_run ": ("ship",),
            "rewind_run load": ("ship",),
            "rewind_run ship": ("ship",),
        },
        "unknown_and_irreversible": {
            "retry_step ship": ("ship",),
            "rewind_run load": ("ship",),
            "rewind_run ship": ("ship",),
        },
    }


@each
def test_a_user_without_the_permission_reads_why_not_and_is_refused(name: str, plan: Plan) -> None:
    run_id = build_situation(name, plan)
    outsider = person("outsider")
    before = rows()
    for offer in api.explain_run(run_id, user=outsider).next_actions:
        assert offer.permitted is False
        assert offer.why_not.endswith(".")
        assert offer.needs
        with pytest.raises(NotPermitted):
            perform(run_id, offer, outsider, exit=(tried(offer) or ("",))[0])
        assert rows() == before, offer


@each
def test_a_user_with_just_the_permission_is_permitted(name: str, plan: Plan) -> None:
    if name == "assigned_to_its_starter_alone":
        return  # outsider has
    run_id = build_situation(name, plan)
    for offer in api.explain_run(run_id).next_actions:
        with undone():
            found = same(offer, run_id, qualified(run_id, offer, person("outsider")))
            assert (found.permitted, found.why_not, found.needs) == (True, "", {})


@each
def test_the_override_is_a_separate_permission(name: str, plan: Plan) -> None:
    run_id = build_situation(name, plan)
    user = person("ada", *ALL)
    for offer in api.explain_run(run_id, user=user).next_actions:
        if not offer.irreversible:
            continue
        assert offer.permitted is False
        assert offer.why_not == "Requires the permission squid_mesh.override_irreversible."
        assert offer.needs == {"permission": "squid_mesh.override_irreversible"}
        with pytest.raises(NotPermitted):
            perform(run_id, offer, user)


# --- approvals ---------------------------------------------------------------------------------------


def decision(run_id: UUID, user: Any) -> api.NextAction:
    (found,) = (o for o in api.explain_run(run_id, user=user).next_actions if o.action is Action.DECIDE)
    return found


def test_a_person_who_has_voted_may_not_decide_again(plan: Plan) -> None:
    run_id = build_situation("to_be_approved_by_two", plan)
    voter = User.objects.get(username="voter")
    offer = decision(run_id, voter)
    assert (offer.permitted, offer.why_not) == (False, "You have already decided: approved.")
    before = rows()
    with pytest.raises(IllegalAction):
        perform(run_id, offer, voter, exit="rejected")
    assert rows() == before


def test_the_starter_may_not_decide_if_the_approval_forbids_it(plan: Plan) -> None:
    run_id = build_situation("to_be_approved_by_two", plan)
    starter = User.objects.get(username="starter")
    offer = decision(run_id, starter)
    assert (offer.permitted, offer.why_not) == (False, "The person who started the run cannot decide.")
    with pytest.raises(NotPermitted):
        perform(run_id, offer, starter, exit="approved")


def test_an_unsaved_user_may_not_decide(plan: Plan) -> None:
    run_id = build_situation("to_be_approved", plan)
    offer = decision(run_id, User(username="ghost"))
    assert (offer.permitted, offer.why_not) == (False, "Only a saved user can decide an approval.")
    with pytest.raises(InvalidArgument):
        perform(run_id, offer, User(username="ghost"), exit="rejected")
    with pytest.raises(NotPermitted):
        api.cancel_run(run_id, actor=User(username="ghost"))


def test_why_not_names_the_people_who_may_decide(plan: Plan) -> None:
    run_id = build_situation("assigned", plan)
    offer = decision(run_id, person("outsider"))
    assert offer.why_not == (
        "Only ada (in Finance or Legal, with the permission host.change_order) can decide."
    )
    assert offer.needs == {
        "permission": "host.change_order",
        "groups": ["Finance", "Legal"],
        "assignees": ["username:ada"],
    }


def test_an_approval_that_only_its_starter_could_decide_can_be_skipped_or_cancelled(plan: Plan) -> None:
    run_id = build_situation("assigned_to_its_starter_alone", plan)
    result = api.explain_run(run_id)
    assert "no permitted person is left to decide, so skip the step or cancel the run" in result.summary
    chief = person("chief", is_superuser=True)
    for user in (User.objects.get(username="starter"), chief):
        offer = decision(run_id, user)
        assert offer.permitted is False
        with pytest.raises(NotPermitted):
            perform(run_id, offer, user, exit="approved")
    for action in (Action.SKIP, Action.CANCEL):
        with undone():
            (out,) = (o for o in api.explain_run(run_id, user=chief).next_actions if o.action is action)
            assert out.permitted
            perform(run_id, out, chief)
            run_until_idle()
            assert api.inspect_run(run_id).status in ("completed", "cancelled")
