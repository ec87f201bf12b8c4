"""What looks across runs: what waits for a person, the catalogue of workflows, how everything stands."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.inspection import catalogue, inbox
from squid_mesh.inspection import figures as numbers
from squid_mesh.inspection import overview as everything
from squid_mesh.inspection.figures import Figures
from squid_mesh.inspection.overview import Overview
from squid_mesh.inspection.snapshots.inbox import WaitingCount, WaitingPage
from squid_mesh.inspection.snapshots.workflows import WorkflowSnapshot, WorkflowSummary

Asking = AbstractBaseUser | AnonymousUser


def list_waiting(*, user: Asking, limit: int = 50, after: str | None = None) -> WaitingPage:
    """The held steps that this user may do something about, those that wait longest first.

    Approvals that the user may decide and hasn't, pauses that they may end, and steps that are parked, lack
    their code or have an unknown outcome, where they have a permission for one of the remedies. A page looks
    at no more than a thousand held steps: ``after`` is the ``next`` of the page before. Raises
    InvalidArgument.
    """
    return inbox.list_waiting(user=user, limit=limit, after=after)


def waiting_count(user: Asking) -> WaitingCount:
    """How much waits for this user, up to 50, by a look at no more than 250 held steps."""
    return inbox.waiting_count(user)


def list_workflows() -> tuple[WorkflowSummary, ...]:
    """Every workflow that is installed, and those that only runs remember, by name.

    How their runs stand is told by the newest hundred of each.
    """
    return catalogue.list_workflows()


def inspect_workflow(workflow: type[Workflow] | str) -> WorkflowSnapshot:
    """All about a workflow; how its runs stand by the newest thousand. Raises WorkflowNotFound."""
    return catalogue.inspect_workflow(workflow)


def overview() -> Overview:
    """How everything stands: counts up to a thousand, failures, what is slow, what fires next, clusters."""
    return everything.overview()


def figures() -> Figures:
    """The numbers that alerts are set on, each with a limit; some twenty cheap queries."""
    return numbers.figures()


afigures = sync_to_async(figures)
ainspect_workflow = sync_to_async(inspect_workflow)
alist_waiting = sync_to_async(list_waiting)
alist_workflows = sync_to_async(list_workflows)
aoverview = sync_to_async(overview)
awaiting_count = sync_to_async(waiting_count)
