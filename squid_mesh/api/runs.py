"""Reading runs: their data, history, explanation and picture.

Secrets are masked. :func:`reveal_run` shows them and records that; nothing else is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model

from squid_mesh.api.arguments import check_arguments, check_run_id, check_text
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.operate.runs import reveal
from squid_mesh.exceptions import InvalidArgument, LimitExceeded
from squid_mesh.inspection.diagram import formats
from squid_mesh.inspection.explain.explain import explain
from squid_mesh.inspection.explain.explanation import Explanation, Offered
from squid_mesh.inspection.masking import unmasked
from squid_mesh.inspection.overview import Count
from squid_mesh.inspection.runs import (
    available_actions,
    by_payload,
    histories,
    listing,
    reading,
    values,
    versions,
    waiting,
)
from squid_mesh.inspection.snapshots.runs import (
    AttemptSnapshot,
    EventSnapshot,
    Page,
    RunSnapshot,
    RunSummary,
)

__all__ = [
    "aadd_history",
    "acount_runs",
    "add_history",
    "adraw_run",
    "aexplain_run",
    "afind_runs_by_payload",
    "ainspect_run",
    "alist_attempts",
    "alist_available_actions",
    "alist_events",
    "alist_runs",
    "aread_run_version",
    "aread_summary",
    "aread_value",
    "areveal_run",
    "await_for_run",
    "count_runs",
    "draw_run",
    "explain_run",
    "find_runs_by_payload",
    "inspect_run",
    "list_attempts",
    "list_available_actions",
    "list_events",
    "list_runs",
    "read_explanation_schema",
    "read_run_version",
    "read_summary",
    "read_value",
    "reveal_run",
    "wait_for_run",
]


#: A text that is searched for in payloads. SQLite refuses patterns of more than 50,000 bytes.
_LONGEST_SEARCH: Final = 1_000


@check_arguments
def inspect_run(
    run_id: UUID | str, *, history: bool = False, recent: int | None = None, preview: int | None = None
) -> RunSnapshot:
    """Return everything about a run: payload, state and every step.

    With ``history`` it has the audit events, and the attempts of each step, too. ``recent`` limits them to
    that many of the latest events, of the latest earlier visits of each step, and of the latest attempts of
    each visit. ``preview`` limits the payload and each input and output to the beginning of its JSON, of
    about that many characters; ``cut`` then names the incomplete values, which :func:`read_value` returns.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID, or ``recent`` or ``preview`` is too small.
    """
    _check_preview(preview)
    if recent is not None and recent < 0:
        raise InvalidArgument("recent must be 0 or more.", argument="recent")
    return reading.read_run(check_run_id(run_id), history=history, recent=recent, preview=preview)


@check_arguments
def read_value(run_id: UUID | str, name: str, *, step: str | None = None, visit: int = 1) -> Any:
    """Return one value of a run whole: its ``payload``, or the ``input`` or ``output`` of a visit of a step.

    Secrets are masked.

    Raises:
        RunNotFound: there is no such run.
        StepNotFound: the run hasn't reached that step, or not that often.
        InvalidArgument: there is no value of that name, or it needs a step.
    """
    checked = check_run_id(run_id)
    if name == "payload" and step is None:
        return values.read_payload(checked)
    if name in ("input", "output") and step is not None:
        return values.read_step_value(checked, step, visit, name)
    known = ["payload", "input", "output"]
    raise InvalidArgument(
        "name must be payload, or input or output with a step.", argument="name", known=known
    )


@check_arguments
def reveal_run(run_id: UUID | str, *, actor: Actor, reason: str, preview: int | None = None) -> RunSnapshot:
    """Return the run and its history without masks, after recording actor and reason in the history.

    ``preview`` as for :func:`inspect_run`.

    Raises:
        NotPermitted: the actor is a user without the permission ``unmask_run``.
        InvalidArgument: the reason is empty, or ``preview`` is too small.
    """
    _check_preview(preview)
    checked = check_run_id(run_id)
    reveal.record_reveal(checked, actor=actor, reason=check_text(reason, "reason"))
    return reading.read_run(checked, history=True, mask=unmasked, preview=preview)


@check_arguments
def add_history(
    snapshot: RunSnapshot, steps: Iterable[str], *, recent: int = 20, most: int = 1000
) -> RunSnapshot:
    """Return the snapshot with the latest attempts of these steps, and the votes at them.

    For pages that show a few of many steps. Each visit has at most ``recent`` attempts, and all visits
    together have at most ``most``. Secrets are masked. Names of other steps are ignored.

    Raises:
        InvalidArgument: ``steps`` aren't names, or ``recent`` or ``most`` is negative.
    """
    names = [] if isinstance(steps, str) else list(steps)
    if isinstance(steps, str) or not all(isinstance(name, str) for name in names):
        raise InvalidArgument("steps are the names of steps.", argument="steps")
    for argument, number in (("recent", recent), ("most", most)):
        if number < 0:
            raise InvalidArgument(f"{argument} must be 0 or more.", argument=argument)
    known = {step.name for step in snapshot.steps}
    return reading.add_history(snapshot, known.intersection(names), recent=recent, most=most)


@check_arguments
def list_runs(
    *,
    workflow: type[Workflow] | str | None = None,
    status: str | None = None,
    trigger: str | None = None,
    subject: Model | str | None = None,
    tag: str | Iterable[str] = (),
    search: str = "",
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    needs_person: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Return a page of runs, the newest first.

    ``subject`` is an object, or the text ``app.model:key``. ``tag`` is one tag, or several that a run must
    all have. ``search`` is a run's id or its first 8 or more characters, an idempotency key or the id of a
    subject. ``needs_person``: only unfinished runs with a step that waits for people. ``after`` is the
    ``next`` of the page before.

    Raises:
        WorkflowNotFound: there is no such workflow.
        InvalidArgument: a filter, ``limit`` or ``after`` has the wrong form.
    """
    wanted = listing.RunFilter(
        workflow=workflow,
        status=status,
        trigger=trigger,
        subject=subject,
        tag=tag,
        search=search,
        created_from=created_from,
        created_before=created_before,
        needs_person=needs_person,
    )
    return listing.list_runs(wanted, limit=limit, after=after)


@check_arguments
def count_runs(
    *,
    workflow: type[Workflow] | str | None = None,
    status: str | None = None,
    trigger: str | None = None,
    subject: Model | str | None = None,
    tag: str | Iterable[str] = (),
    search: str = "",
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    needs_person: bool = False,
) -> Count:
    """Return how many runs :func:`list_runs` lists with the same filters. Counting stops at 1,000.

    Raises what :func:`list_runs` raises.
    """
    wanted = listing.RunFilter(
        workflow=workflow,
        status=status,
        trigger=trigger,
        subject=subject,
        tag=tag,
        search=search,
        created_from=created_from,
        created_before=created_before,
        needs_person=needs_person,
    )
    return listing.count_runs(wanted)


@check_arguments
def find_runs_by_payload(text: str) -> tuple[UUID, ...]:
    """Return the ids of runs whose payload contains the text, the newest first.

    It searches the newest 10,000 runs and returns at most 200. Masked values can't be found.

    Raises:
        InvalidArgument: the text is empty.
        LimitExceeded: it has more than 1,000 characters.
    """
    if len(text) > _LONGEST_SEARCH:
        raise LimitExceeded("text", limit=_LONGEST_SEARCH, actual=len(text), unit="characters")
    if not text.strip():
        raise InvalidArgument("The text to search for is empty.", argument="text")
    return by_payload.find_runs_by_payload(text)


@check_arguments
def read_summary(run_id: UUID | str) -> RunSummary:
    """Return the run in short. One query.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID.
    """
    return reading.read_summary(check_run_id(run_id))


@check_arguments
def read_run_version(run_id: UUID | str) -> str:
    """Return a short text that changes whenever the run or one of its steps does. Two cheap queries.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID.
    """
    return versions.read_version(check_run_id(run_id))


@check_arguments
def wait_for_run(run_id: UUID | str, seconds: float) -> RunSummary:
    """Return the run once it has finished, or as it is after at most that many seconds.

    It waits in this thread. Call it outside of transactions: inside of one, it may not see what workers do.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID, or the time isn't above 0 and at most a century.
    """
    if not seconds > 0:
        raise InvalidArgument("The time must be above 0 seconds.", argument="seconds")
    return waiting.wait_until_finished(check_run_id(run_id), seconds)


@check_arguments
def list_events(
    run_id: UUID | str, *, limit: int = 50, before: int | None = None
) -> tuple[EventSnapshot, ...]:
    """Return audit events of a run, the newest first; none if there is no such run.

    ``before`` is the sequence number of the last event of the previous page.

    Raises:
        InvalidArgument: the id is no UUID, or ``limit`` is out of bounds.
    """
    return histories.list_events(check_run_id(run_id), before=before, limit=limit)


@check_arguments
def list_attempts(
    run_id: UUID | str, step: str, *, visit: int = 1, limit: int = 50, before: int | None = None
) -> tuple[AttemptSnapshot, ...]:
    """Return attempts at one visit of a step, the newest first; none if there is no such run or step.

    ``before`` is the number of the last attempt of the previous page.

    Raises:
        InvalidArgument: the id is no UUID, or ``limit`` is out of bounds.
    """
    return histories.list_attempts(check_run_id(run_id), step, visit=visit, before=before, limit=limit)


@check_arguments
def explain_run(run_id: UUID | str, *, user: AbstractBaseUser | AnonymousUser | None = None) -> Explanation:
    """Return why the run is where it is, what happens next automatically, and what people can do now.

    With a ``user``, each action says whether that user may perform it, and why not.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID.
    """
    return explain(check_run_id(run_id), user=user)


def read_explanation_schema() -> dict[str, Any]:
    """Return the JSON schema of an explanation, which ``docs/explanation.schema.json`` publishes."""
    return Explanation.model_json_schema(mode="serialization")


@check_arguments
def list_available_actions(
    run_ids: Iterable[UUID | str], *, user: AbstractBaseUser | AnonymousUser | None = None
) -> tuple[Offered, ...]:
    """Return what people can do now to each of at most 500 runs, as :func:`explain_run` does for one.

    Runs that don't exist are left out.

    Raises:
        InvalidArgument: an id is no UUID, or there are too many.
    """
    return available_actions.list_available_actions([check_run_id(run_id) for run_id in run_ids], user=user)


@check_arguments
def draw_run(run: RunSnapshot | UUID | str, *, format: str = "svg", steps_page: str = "") -> str:
    """Return the graph that a run executes, with the status of each step.

    ``format`` is ``svg``, ``dot``, ``mermaid``, or ``json`` for programs that draw it themselves.
    ``run`` is an id, or a snapshot, which saves reading the run again. A page that contains the SVG needs
    ``squid_mesh/diagram.css`` for its colours; each step links to ``#step-<name>``. If the steps are on
    another page, ``steps_page`` is its address up to the query, which then begins with ``step=<name>``.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the format is unknown, or the id is no UUID.
    """
    if isinstance(run, RunSnapshot):
        return formats.draw_snapshot(run, format=format, steps_page=steps_page)
    return formats.draw_run(check_run_id(run), format=format, steps_page=steps_page)


def _check_preview(preview: int | None) -> None:
    if preview is not None and preview < 1:
        raise InvalidArgument("preview must be 1 or more.", argument="preview")


aadd_history = sync_to_async(add_history)
acount_runs = sync_to_async(count_runs)
adraw_run = sync_to_async(draw_run)
aexplain_run = sync_to_async(explain_run)
afind_runs_by_payload = sync_to_async(find_runs_by_payload)
ainspect_run = sync_to_async(inspect_run)
alist_attempts = sync_to_async(list_attempts)
alist_available_actions = sync_to_async(list_available_actions)
alist_events = sync_to_async(list_events)
alist_runs = sync_to_async(list_runs)
aread_run_version = sync_to_async(read_run_version)
aread_summary = sync_to_async(read_summary)
aread_value = sync_to_async(read_value)
areveal_run = sync_to_async(reveal_run)
await_for_run = sync_to_async(wait_for_run)
