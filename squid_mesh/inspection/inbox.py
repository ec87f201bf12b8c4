"""The inbox of a user: the held steps that this user may act on, oldest first.

Whether a user may act is decided in Python, by the rules that also reject actions, so no index can find it.
A page therefore examines a bounded number of held steps and says where the next page starts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, QuerySet, Subquery

from squid_mesh import authority, conf
from squid_mesh.actions import Action, list_step_actions
from squid_mesh.definitions.blueprint import FORMAT
from squid_mesh.definitions.request import Request, read_request
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.held_steps import held_steps
from squid_mesh.inspection.snapshots.inbox import UnreadableStep, Vote, WaitingCount, WaitingPage, WaitingStep
from squid_mesh.inspection.stored_json import find_unreadable_in
from squid_mesh.inspection.user_groups import load_groups
from squid_mesh.lifecycle import EventType, RunStatus, StepStatus, WaitingFor, read_value
from squid_mesh.models import AuditEvent, Decision, StepRun
from squid_mesh.models.utc_times import UtcDateTimeField
from squid_mesh.store.clock import DatabaseNow

_MOST: Final = 100
#: How many held steps are read at once: few at first, because those are often enough.
_BATCHES: Final = (100, 200, 300, 400)
#: How many are examined for one page, and for a count.
_EXAMINED: Final = sum(_BATCHES)
_EXAMINED_FOR_COUNT: Final = 100
_COUNT: Final = 50
#: Answers to a request; the other actions fix what went wrong.
_ANSWERS: Final = (Action.DECIDE, Action.UNBLOCK)
#: The events that record that a step started to wait for people.
_STARTS_WAITING: Final = (
    EventType.PAUSED,
    EventType.APPROVAL_REQUESTED,
    EventType.CODE_MISSING,
    EventType.UNREADABLE_ROW,
    EventType.CRASH_CAP_REACHED,
    EventType.OUTCOME_UNKNOWN,
)

_Row = dict[str, Any]


def list_waiting(*, user: Any, limit: int, after: str | None) -> WaitingPage:
    """Return the steps that wait for the user. At most ten queries.

    Raises:
        InvalidArgument: ``limit`` is out of bounds, or ``after`` is not the ``next`` of a page.
    """
    if not 1 <= limit <= _MOST:
        raise InvalidArgument(f"limit is 1 to {_MOST}.", argument="limit")
    reader = _Reader(user, _position(after), _EXAMINED)
    found: list[tuple[_Row, tuple[Action, ...]]] = []
    for row, actions in reader.steps_of_user():
        found.append((row, actions))
        if len(found) == limit:
            break
    views = authority.find_permission_denial("view_run", reader.user) is None
    return WaitingPage(
        items=_items(found),
        examined=reader.examined,
        next=str(reader.last) if reader.more() else None,
        unreadable=tuple(_unreadable_step(row) for row in reader.unreadable) if views else (),
    )


def count_waiting(user: Any) -> WaitingCount:
    """Return how many of the oldest held steps wait for the user. One query, and those for permissions."""
    reader = _Reader(user, 0, _EXAMINED_FOR_COUNT)
    number = 0
    for _ in reader.steps_of_user():
        number += 1
        if number == _COUNT:
            break
    return WaitingCount(number=number, more=reader.more())


class _Reader:
    """Reads held steps in batches, up to a number of them."""

    def __init__(self, user: Any, after: int, most: int) -> None:
        self.user = load_groups(user)
        self.last = after
        self.left = most
        self.examined = 0
        self.unreadable: list[_Row] = []
        self._exhausted = False

    def more(self) -> bool:
        """Return whether there may be held steps after the last one examined."""
        return not self._exhausted

    def steps_of_user(self) -> Iterator[tuple[_Row, tuple[Action, ...]]]:
        """Yield the steps that the user may act on, with the actions."""
        for batch in _BATCHES:
            if self.left <= 0 or self._exhausted:
                return
            size = min(batch, self.left)
            rows = list(_held(self.user).filter(pk__gt=self.last).order_by("pk")[: size + 1])
            self.left -= size
            for n, row in enumerate(rows[:size]):
                self.last = row["pk"]
                self.examined += 1
                self._exhausted = n == len(rows) - 1
                if actions := self._actions(row):
                    yield row, actions
            self._exhausted = len(rows) <= size

    def _actions(self, row: _Row) -> tuple[Action, ...]:
        if row["run__definition_format"] > FORMAT:
            return ()  # every action needs the definition
        legal = list_step_actions(
            read_value(RunStatus, row["status_of_run"]), StepStatus(row["status"]), row["waiting_for"]
        )
        answers = [action for action in legal if action in _ANSWERS]
        if not answers:
            return tuple(action for action in legal if authority.find_denial(action, self.user) is None)
        if row["voted"]:
            return ()
        request = read_request(row["request"])
        if request is None:
            self.unreadable.append(row)
            return ()
        starter = row["starter"] or None
        return tuple(
            action
            for action in answers
            if authority.find_denial(action, self.user, request=request, starter=starter) is None
        )


def _held(user: Any) -> QuerySet[StepRun, Any]:
    """Return held steps with all that the permission rules need, in one query."""
    started = AuditEvent.objects.filter(run_id=OuterRef("run_id"), sequence=1)
    said = Decision.objects.filter(step_id=OuterRef("pk"), actor_key=str(user.pk))
    return (
        held_steps(conf.database())
        .annotate(
            starter=Subquery(started.values("actor_key")[:1]),
            voted=Exists(said),
            now=ExpressionWrapper(DatabaseNow(), output_field=UtcDateTimeField()),
            status_of_run=F("run__status"),
        )
        .values(
            "pk",
            "run_id",
            "name",
            "visit",
            "status",
            "waiting_for",
            "request",
            "created_at",
            "run__workflow",
            "run__definition_format",
            "run__subject_type",
            "run__subject_id",
            "status_of_run",
            "starter",
            "voted",
            "now",
        )
    )


def _items(found: Sequence[tuple[_Row, tuple[Action, ...]]]) -> tuple[WaitingStep, ...]:
    rows = [row for row, _ in found]
    votes, since = _votes(rows), _since(rows)
    return tuple(
        _item(row, actions, votes.get(row["pk"], []), since.get((row["run_id"], row["name"])))
        for row, actions in found
    )


def _item(row: _Row, actions: tuple[Action, ...], votes: list[Vote], since: datetime | None) -> WaitingStep:
    subject = (row["run__subject_type"], row["run__subject_id"]) if row["run__subject_type"] else None
    asked = read_request(row["request"])
    about = {} if asked is None else _asked(asked, row["now"])
    return WaitingStep(
        run_id=row["run_id"],
        workflow=row["run__workflow"],
        subject=subject,
        step=row["name"],
        visit=row["visit"],
        waiting_for=read_value(WaitingFor, row["waiting_for"]),
        since=since or row["created_at"],
        votes=tuple(votes),
        actions=actions,
        **about,
    )


def _unreadable_step(row: _Row) -> UnreadableStep:
    found = find_unreadable_in(StepRun, row["pk"], {name: row[name] for name in ("request", "waiting_for")})
    return UnreadableStep(run_id=row["run_id"], workflow=row["run__workflow"], step=row["name"], values=found)


def _asked(request: Request, now: datetime) -> dict[str, Any]:
    return {
        "prompt": request.prompt,
        "deadline": request.deadline,
        "overdue": request.deadline is not None and request.deadline <= now,
        "escalated": request.escalated,
        "exits": request.exits,
        "quorum": request.quorum,
        "rejections": request.rejections,
    }


def _votes(rows: Sequence[_Row]) -> dict[int, list[Vote]]:
    ids = [row["pk"] for row in rows if row["request"] is not None]
    found: dict[int, list[Vote]] = defaultdict(list)
    said = Decision.objects.using(conf.database()).filter(step_id__in=ids).order_by("id")
    columns = ("step_id", "exit", "actor_text", "created_at")
    for step_id, exit, actor, created_at in said.values_list(*columns) if ids else ():
        found[step_id].append(Vote(exit=exit, actor=actor, created_at=created_at))
    return found


def _since(rows: Sequence[_Row]) -> dict[tuple[UUID, str], datetime]:
    """Return when each started to wait, from the history."""
    runs = {row["run_id"] for row in rows}
    started = AuditEvent.objects.using(conf.database()).filter(run_id__in=runs, type__in=_STARTS_WAITING)
    columns = ("run_id", "step", "created_at")
    events = started.order_by("run_id", "sequence").values_list(*columns) if runs else ()
    return {(run_id, step): created_at for run_id, step, created_at in events}


def _position(after: str | None) -> int:
    if after is None:
        return 0
    if after.isascii() and after.isdigit() and len(after) < 19:
        return int(after)
    raise InvalidArgument("after isn't the next of a page.", argument="after")
