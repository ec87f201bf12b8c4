"""The expenses of the demonstration: who has spent what, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.models import User
from expenses.answers import Amendment, Approval, CostCentre
from expenses.models import Employee, Expense, Transfer
from expenses.submission import submit

from demo.acts import Act, Decides, Play, TimePasses
from demo.cast import ARBEN, IRIS, JOEL, LENA, MAREN, RUTA, TOMAS, Person
from demo.runs import DemoRun


class Desk:
    """Hands in expenses for the people of the cast, and gives each run the acts that belong to it."""

    def __init__(self, users: Mapping[Person, User]) -> None:
        self.play = Play(users)
        self._users = users

    def submit(self, label: str, who: Person, purpose: str, amount: str, story: str, *acts: Act) -> DemoRun:
        """One expense, and what will be said about it."""
        employee = Employee.objects.get(user=self._users[who])
        expense = Expense.objects.create(employee=employee, purpose=purpose, amount=Decimal(amount))
        run = submit(expense, by=self._users[who])
        self.play.add(run.id, acts)
        return DemoRun(label, run.id, story)


def tell_all(desk: Desk) -> list[DemoRun]:
    """Three expenses from their submission to their payment, for a demonstration that ends."""
    return [
        desk.submit(
            "camera",
            IRIS,
            "A camera",
            "4200",
            "sent back once; then the manager, and two of finance; the bank's line drops",
            Decides(step="manager_review", who=MAREN, exit="rework", comment="Which one? And the receipt?"),
            Decides(
                step="amend",
                visit=2,
                who=IRIS,
                comment="The receipt had the discount.",
                data=_amendment("A camera, Lumen X2, receipt 4711", "3990"),
            ),
            Decides(
                step="manager_review", visit=2, who=MAREN, comment="Good price.", data=_approval("3990.00")
            ),
            Decides(step="finance_review", who=TOMAS),
            Decides(step="finance_review", who=LENA, comment="Within budget."),
        ),
        desk.submit(
            "train",
            JOEL,
            "Train to Oslo",
            "120",
            "the manager is silent for three days, so finance answers",
            TimePasses(step="manager_review"),
            Decides(
                step="manager_review",
                escalated=1,
                who=TOMAS,
                comment="Maren is away.",
                data=_approval("120.00"),
            ),
        ),
        desk.submit("coffee", JOEL, "Coffee for a source", "7.50", "a petty sum is paid unasked"),
    ]


def leave_open(desk: Desk) -> list[DemoRun]:
    """Expenses that wait for whoever looks at them, and some in trouble."""
    return [
        desk.submit("train", JOEL, "Train to Oslo", "120", "waits for maren"),
        desk.submit("lens", IRIS, "A lens", "640", "waits for maren"),
        desk.submit("drone", IRIS, "A drone", "2300", "waits for maren, then for finance"),
        desk.submit(
            "camera",
            JOEL,
            "A camera",
            "4200",
            "waits for two of finance: tomas, lena",
            Decides(step="manager_review", who=MAREN, comment="We need it.", data=_approval("4200.00")),
        ),
        desk.submit(
            "hotel",
            JOEL,
            "Hotel in Oslo",
            "380",
            "nobody has answered in time: waits for finance, too",
            TimePasses(step="manager_review"),
        ),
        desk.submit(
            "taxi",
            IRIS,
            "Taxi",
            "64",
            "was sent back to iris",
            Decides(step="manager_review", who=MAREN, exit="rework", comment="From where to where?"),
        ),
        desk.submit(
            "books",
            RUTA,
            "Books",
            "85",
            "failed: her account is closed",
            Decides(step="manager_review", who=MAREN, data=_approval("85.00")),
        ),
        desk.submit("stamps", ARBEN, "Stamps", "12", "its worker dies while it pays: unknown after 30 s"),
        desk.submit("coffee", JOEL, "Coffee for a source", "7.50", "paid unasked"),
    ]


def book_of(run: DemoRun) -> list[Transfer]:
    """What the bank has paid in that run: the references begin with its id."""
    return list(Transfer.objects.filter(reference__startswith=str(run.id)))


def _approval(amount: str) -> dict[str, object]:
    return Approval(cost_centre=CostCentre.NEWSROOM, amount=Decimal(amount)).model_dump(mode="json")


def _amendment(purpose: str, amount: str) -> dict[str, object]:
    return Amendment(purpose=purpose, amount=Decimal(amount)).model_dump(mode="json")
