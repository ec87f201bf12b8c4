"""Random walks: in every state of a run, the actions marked as permitted for a user are those that work."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User

from squid_mesh import Defer, Outcome, StepContext, api
from squid_mesh.actions import Action
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.exceptions import IllegalAction, NotPermitted
from squid_mesh.models import AuditEvent, StepRun
from tests.host import people, steps, workflows
from tests.host.invariants import assert_consistent
from tests.host.offers import perform
from tests.host.people import person
from tests.host.runs import claim, fast_forward, run_until_idle
from tests.integration.inspection.explain.situations import lost

Plan = dict[str, Any]
WORKFLOWS = (
    people.Holds,
    people.Reviews,
    people.FourEyes,
    people.Expires,
    people.Escalates,
    people.TwoReviews,
    people.Sole,
    people.Loops,
    people.LoopsOneSide,
    people.Overtakes,
    people.Ships,
    people.Checks,
    workflows.Choice,
    workflows.Ends,
    workflows.Guarded,
    workflows.NeedsAll,
    workflows.Recovers,
    workflows.Retries,
    workflows.Crashes,
    workflows.Aside,
)
MOVES = 14


class Walker:
    """One run, and a generator of what happens to it. Each walk is its seed's."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.people = [
            person("starter", is_superuser=True),
            person("boss", is_superuser=True),
            person("ada", "squid_mesh.decide_approval", "squid_mesh.retry_step", groups=("Finance", "Board")),
            person("outsider"),
        ]
        for workflow in WORKFLOWS:
            steps.PLAN |= dict.fromkeys(workflow.blueprint.by_name, self.misbehave)
        self.log: list[str] = []

    def misbehave(self, ctx: StepContext) -> Any:
        match self.chance.randrange(8):
            case 0:
                raise steps.Busy("as it happens")
            case 1:
                raise Defer("later", hours=1)
            case 2:
                labels = self.labels.get(ctx.step, ())
                return Outcome(self.chance.choice(labels)) if labels else None
            case _:
                return None

    def walk(self) -> None:
        """Start a run and let things happen to it."""
        workflow = self.chance.choice(WORKFLOWS)
        self.labels = {step.name: step.outcomes for step in workflow.blueprint.steps}
        run_id = api.start_run(workflow, actor=self.people[0]).id
        self.log.append(workflow.__name__)
        for _ in range(MOVES):
            self.chance.choice((self.work, self.lose, self.wait, self.person_acts, self.person_acts))(run_id)
            assert_consistent(run_id)

    def work(self, run_id: UUID) -> None:
        self.log.append("work")
        run_until_idle()

    def wait(self, run_id: UUID) -> None:
        self.log.append("wait")
        fast_forward(run_id)
        run_until_idle()

    def lose(self, run_id: UUID) -> None:
        """A worker takes what is due, and may be lost with it."""
        due = StepRun.objects.filter(run_id=run_id, status="ready").exists()
        if due and api.inspect_run(run_id).status in ("pending", "running"):
            self.log.append("claim")
            claim(run_id)
        if self.chance.random() < 0.7:
            self.log.append("lose")
            lost(run_id)

    def person_acts(self, run_id: UUID) -> None:
        """Let a person try one of the listed actions, permitted or not."""
        user = self.chance.choice(self.people)
        result = api.explain_run(run_id, user=User.objects.get(pk=user.pk))
        action = self.chance.choice(
            sorted({offer.action for offer in result.next_actions} - {Action.COMMENT}) or [Action.COMMENT]
        )
        offer = self.chance.choice([offer for offer in result.next_actions if offer.action is action])
        exits = offer.exits if offer.action in (Action.DECIDE, Action.RESOLVE) else ("",)
        exit = self.chance.choice(exits)
        self.log.append(f"{user}: {offer.action.value} {offer.step} {exit} {offer.permitted}")
        before = AuditEvent.objects.filter(run_id=run_id).count()
        refusal = self.refusal_of(run_id, offer, user, exit)
        assert (refusal is None) == offer.permitted, f"{offer.why_not} {refusal}"
        assert (AuditEvent.objects.filter(run_id=run_id).count() > before) == offer.permitted

    def refusal_of(self, run_id: UUID, offer: api.NextAction, user: User, exit: str) -> Exception | None:
        output = {"reference": "g", "amount": 1} if offer.step == "check" else None
        form = {"discount": 1} if exit == "approved" and self.asks_form(run_id, offer) else None
        try:
            perform(run_id, offer, user, exit=exit, output=output, answers=form)
        except (NotPermitted, IllegalAction) as refusal:
            return refusal
        return None

    @staticmethod
    def asks_form(run_id: UUID, offer: api.NextAction) -> bool:
        request = api.inspect_run(run_id).step(offer.step).request
        return request is not None and request["form"] is not None


@pytest.mark.parametrize("seed", range(25))
def test_the_permitted_actions_are_those_that_work(seed: int, plan: Plan) -> None:
    ClusterHeartbeat(1).beat()
    plan["reviewer"] = "starter"
    walker = Walker(seed)
    try:
        walker.walk()
    except Exception as fault:
        fault.add_note(f"seed {seed}: {walker.log}")
        raise
