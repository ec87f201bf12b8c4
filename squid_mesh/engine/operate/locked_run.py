"""What an action finds: a run under its lock, with its steps, and whether the action is legal there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from squid_mesh.actions import Action, Possible, allowed_actions
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.request import Request, read_request
from squid_mesh.exceptions import IllegalAction, IrreversibleSteps, RunNotFound, StepNotFound
from squid_mesh.graph.rewind import find_downstream
from squid_mesh.lifecycle import RunStatus, StepStatus, Unrecognized, read_value
from squid_mesh.models import Run, StepRun
from squid_mesh.store import rows
from squid_mesh.store.values import StepRow

_DONE: Final = {
    Action.CANCEL: "cancelled",
    Action.COMMENT: "commented on",
    Action.REPLAY: "replayed",
    Action.UNBLOCK: "unblocked",
    Action.DECIDE: "decided on",
    Action.RETRY: "retried",
    Action.SKIP: "skipped",
    Action.RESOLVE: "resolved",
    Action.REWIND: "rewound to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A run that nobody else changes until the transaction ends. ``steps`` are all visits, as they are."""

    run: Run
    blueprint: Blueprint
    steps: Sequence[StepRow]
    using: str

    @property
    def status(self) -> RunStatus:
        """The run's status as the action finds it."""
        return RunStatus(self.run.status)

    @property
    def current(self) -> list[StepRow]:
        """The current visits."""
        return [step for step in self.steps if step.current]

    @property
    def possible(self) -> list[Possible]:
        """All that is legal."""
        return allowed_actions(self.status, self.steps, self.blueprint)

    def step(self, name: str) -> StepRow | None:
        """The current visit of that step, if the run has reached it. Raises StepNotFound."""
        if name not in self.blueprint.by_name:
            known = list(self.blueprint.by_name)
            raise StepNotFound(
                f"Run {self.run.pk} has no step {name!r}{did_you_mean(name, known)}; "
                f"its steps are: {', '.join(known)}.",
                run_id=str(self.run.pk),
                step=name,
                known=known,
            )
        return next((step for step in self.current if step.name == name), None)

    def request_of(self, row: StepRow) -> Request:
        """Return what the held step asks. Raises IllegalAction if a newer version wrote it."""
        request = read_request(row.request)
        if request is None:
            raise IllegalAction(
                f"Step {row.name} of run {self.run.pk} asks something that this version can't read; "
                "a newer version wrote it.",
                run_id=str(self.run.pk),
                status=self.status.value,
                step=row.name,
                step_status=row.status.value,
                waiting_for=row.waiting_for,
            )
        return request

    def require(self, action: Action, name: str = "") -> Possible:
        """The action, legal now.

        Raises:
            StepNotFound: the workflow has no such step.
            IllegalAction: the run's or the step's status doesn't allow it.
        """
        step = self.step(name) if name else None
        for possible in self.possible:
            if possible.action is action and possible.step == name:
                return possible
        raise self._refused_step(action, name, step) if name else self.refusal(action)

    def require_step(self, action: Action, name: str, visit: int | None) -> tuple[Possible, StepRow]:
        """As :meth:`require`, with the step's current visit, which is the one that the person saw.

        ``visit`` is None where nobody says which that was.
        """
        step = self.step(name)
        if step is not None and visit not in (None, step.visit):
            raise self.other_visit(step, visit)
        possible = self.require(action, name)
        assert step is not None  # noqa: S101 - only what the run has reached is possible
        return possible, step

    def other_visit(self, step: StepRow, visit: int | None) -> IllegalAction:
        """That the step has come to another visit than the one that was seen."""
        return IllegalAction(
            f"Step {step.name} of run {self.run.pk} is in visit {step.visit}, not {visit}.",
            run_id=str(self.run.pk),
            status=self.status.value,
            step=step.name,
            step_status=step.status.value,
            waiting_for=step.waiting_for,
            visit=step.visit,
        )

    def allow(self, repeats: Sequence[str], said: str, *, allow_irreversible: bool) -> dict[str, list[str]]:
        """What the audit says of an override; nothing where none is needed. Raises IrreversibleSteps."""
        if not repeats:
            return {}
        if not allow_irreversible:
            raise IrreversibleSteps(
                f"{said} would repeat what can't be undone: {', '.join(repeats)}.",
                run_id=str(self.run.pk),
                steps=list(repeats),
            )
        return {"overridden": list(repeats)}

    def refusal(self, action: Action) -> IllegalAction:
        """That the run's status doesn't allow it, and what holds it instead."""
        held = [f"{step.name} waits for {step.waiting_for}" for step in self.current if step.waiting_for]
        why = f"it is {self.status}{': ' if held else ''}{', '.join(held)}"
        return IllegalAction(
            f"Run {self.run.pk} can't be {_DONE[action]}, for {why}.",
            run_id=str(self.run.pk),
            status=self.status.value,
        )

    def _refused_step(self, action: Action, name: str, step: StepRow | None) -> IllegalAction:
        told = StepStatus.PENDING if step is None else step.status
        waiting_for = step.waiting_for if step else ""
        details = {"step": name, "step_status": told.value, "waiting_for": waiting_for}
        why = f"it is {told}{f' for {waiting_for}' if waiting_for else ''}, its run {self.status}"
        if action is Action.REWIND and step is not None:
            lost = find_downstream(self.blueprint, name)
            running = [s.name for s in self.current if s.name in lost and s.status is StepStatus.RUNNING]
            if running:
                why, details["running"] = f"{', '.join(running)} runs", running  # type: ignore[assignment]
        return IllegalAction(
            f"Step {name} of run {self.run.pk} can't be {_DONE[action]}: {why}.",
            run_id=str(self.run.pk),
            status=self.status.value,
            **details,
        )


def locked(run_id: UUID, using: str) -> Scene:
    """The run and its steps, locked until the transaction ends. Raises RunNotFound."""
    try:
        run = rows.lock_run(run_id, using)
    except Run.DoesNotExist:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id)) from None
    _require_known_statuses(run, using)
    return Scene(
        run=run,
        blueprint=rows.blueprint(run.definition_id, using),
        steps=rows.lock_steps(run_id, using),
        using=using,
    )


def _require_known_statuses(run: Run, using: str) -> None:
    """Refuse every action on a run that a newer version has moved to a status not known here.

    Raises:
        IllegalAction: the status of the run or of one of its steps isn't known to this version.
    """
    steps = StepRun.objects.using(using).filter(run_id=run.pk).values_list("status", flat=True)
    statuses = [read_value(RunStatus, run.status), *(read_value(StepStatus, status) for status in steps)]
    for status in statuses:
        if isinstance(status, Unrecognized):
            raise IllegalAction(
                f"Status '{status}' in run {run.pk} is not known to this version; a newer version wrote it.",
                run_id=str(run.pk),
                status=run.status,
                unknown=status.value,
            )
