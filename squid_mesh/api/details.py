"""What looks closer: pages of a run's history, what may be done to many runs, runs by their payload."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from squid_mesh.api.ids import checked_id
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.explain.explanation import Offered
from squid_mesh.inspection.runs import by_payload, histories, offered
from squid_mesh.inspection.snapshots.runs import AttemptSnapshot, EventSnapshot


def list_events(
    run_id: UUID | str, *, limit: int = 50, before: int | None = None
) -> tuple[EventSnapshot, ...]:
    """A run's audit events, the newest first; ``before`` is the sequence of the last one of the page before.

    None for a run that isn't there. Secrets are masked. Raises InvalidArgument.
    """
    return histories.events_before(checked_id(run_id), before=before, limit=limit)


def list_attempts(
    run_id: UUID | str, step: str, *, visit: int = 1, limit: int = 50, before: int | None = None
) -> tuple[AttemptSnapshot, ...]:
    """The attempts at one visit of a step, the newest first; ``before`` is the number of the last one known.

    None where there is no such run or step. Secrets are masked. Raises InvalidArgument.
    """
    return histories.attempts_before(checked_id(run_id), step, visit=visit, before=before, limit=limit)


def find_by_payload(text: str) -> tuple[UUID, ...]:
    """The ids of runs with that text in their payload, the newest first: at most 200, of the newest 10,000.

    Masked values can't be found. Raises InvalidArgument where there is no text.
    """
    if not text.strip():
        raise InvalidArgument("There is no text to look for.", argument="text")
    return by_payload.with_payload_text(text)


def offer_actions(
    run_ids: Iterable[UUID | str], *, user: AbstractBaseUser | AnonymousUser | None = None
) -> tuple[Offered, ...]:
    """What people may do now to each of those runs, as ``explain_run`` tells for one of them.

    Runs that aren't there are left out; at most 500. Raises InvalidArgument.
    """
    return offered.offered([checked_id(run_id) for run_id in run_ids], user=user)


afind_by_payload = sync_to_async(find_by_payload)
alist_attempts = sync_to_async(list_attempts)
alist_events = sync_to_async(list_events)
aoffer_actions = sync_to_async(offer_actions)
