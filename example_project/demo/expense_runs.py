"""The expenses of the demonstration: who submits them, and who decides what about them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.models import User
from expenses.forms import Amendment, Approval, CostCentre
from expenses.models import Employee, Expense, Transfer
from expenses.submission import submit

from demo.decisions import Action, Decide, ReachDeadline, Script
from demo.people import ARBEN, IRIS, JOEL, LENA, MAREN, RUTA, TOMAS, Person
from demo.runs import DemoRun


class ExpenseDesk:
    """Submits expenses for the people of the demonstration and collects their decisions in ``script``."""

    def __init__(self, users: Mapping[Person, User]) -> None:
        self.script = Script(users)
        self._users = users

    def submit(
        self, label: str, person: Person, purpose: str, amount: str, summary: str, *actions: Action
    ) -> DemoRun:
        """Submit one expense, and add the actions of its run to the script."""
        employee = Employee.objects.get(user=self._users[person])
        expense = Expense.objects.create(employee=employee, purpose=purpose, amount=Decimal(amount))
        run = submit(expense, by=self._users[person])
        self.script.add(run.id, actions)
        return DemoRun(label, run.id, summary)


def submit_for_demo(desk: ExpenseDesk) -> list[DemoRun]:
    """Submit three expenses, for which the script leads to the payment."""
    return [
        desk.submit(
            "camera",
            IRIS,
            "A camera",
            "4200",
            "sent back once; then the manager and two people of finance approve; the bank's connection drops",
            Decide(step="manager_review", person=MAREN, exit="rework", comment="Which one? And the receipt?"),
            Decide(
                step="amend",
                visit=2,
                person=IRIS,
                comment="The receipt includes the discount.",
                data=_amendment("A camera, Lumen X2, receipt 4711", "3990"),
            ),
            Decide(
                step="manager_review", visit=2, person=MAREN, comment="Good price.", data=_approval("3990.00")
            ),
            Decide(step="finance_review", person=TOMAS),
            Decide(step="finance_review", person=LENA, comment="Within budget."),
        ),
        desk.submit(
            "train",
            JOEL,
            "Train to Oslo",
            "120",
            "the manager doesn't answer for three days; finance approves instead",
            ReachDeadline(step="manager_review"),
            Decide(
                step="manager_review",
                escalated=1,
                person=TOMAS,
                comment="Maren is away.",
                data=_approval("120.00"),
            ),
        ),
        desk.submit("coffee", JOEL, "Coffee for a source", "7.50", "a small amount; paid without approval"),
    ]


def submit_for_serve(desk: ExpenseDesk) -> list[DemoRun]:
    """Submit expenses that wait for a decision in the browser, and some that fail."""
    return [
        desk.submit("train", JOEL, "Train to Oslo", "120", "waits for maren"),
        desk.submit("lens", IRIS, "A lens", "640", "waits for maren"),
        desk.submit("drone", IRIS, "A drone", "2300", "waits for maren, then for finance"),
        desk.submit(
            "camera",
            JOEL,
            "A camera",
            "4200",
            "waits for two people of finance: tomas, lena",
            Decide(step="manager_review", person=MAREN, comment="We need it.", data=_approval("4200.00")),
        ),
        desk.submit(
            "hotel",
            JOEL,
            "Hotel in Oslo",
            "380",
            "past its deadline: waits for maren or finance",
            ReachDeadline(step="manager_review"),
        ),
        desk.submit(
            "taxi",
            IRIS,
            "Taxi",
            "64",
            "sent back to iris",
            Decide(step="manager_review", person=MAREN, exit="rework", comment="From where to where?"),
        ),
        desk.submit(
            "books",
            RUTA,
            "Books",
            "85",
            "failed: her bank account is closed",
            Decide(step="manager_review", person=MAREN, data=_approval("85.00")),
        ),
        desk.submit(
            "stamps", ARBEN, "Stamps", "12", "the worker dies during the payment: unknown after 30 s"
        ),
        desk.submit("coffee", JOEL, "Coffee for a source", "7.50", "paid without approval"),
    ]


def list_transfers(run: DemoRun) -> list[Transfer]:
    """Return the bank transfers of a run: their references start with its id."""
    return list(Transfer.objects.filter(reference__startswith=str(run.id)))


def _approval(amount: str) -> dict[str, object]:
    return Approval(cost_centre=CostCentre.NEWSROOM, amount=Decimal(amount)).model_dump(mode="json")


def _amendment(purpose: str, amount: str) -> dict[str, object]:
    return Amendment(purpose=purpose, amount=Decimal(amount)).model_dump(mode="json")
