"""A run under its lock, with its steps, and the check that an action is legal there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from squid_mesh.actions import SPECS, Action, LegalAction, list_legal_actions
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.request import Request, read_request
from squid_mesh.exceptions import IllegalAction, IrreversibleSteps, RunNotFound, StepNotFound, UnreadableRow
from squid_mesh.graph.rewind import find_downstream
from squid_mesh.lifecycle import RunStatus, StepStatus, Unrecognized, read_value
from squid_mesh.models import Run, StepRun
from squid_mesh.models.stored_json import NOT_A_REQUEST, why_unreadable
from squid_mesh.store import runs
from squid_mesh.store.definitions import read_blueprint
from squid_mesh.store.steps import lock_steps
from squid_mesh.store.values import StepRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedRun:
    """A run that only this transaction can change. ``steps`` are all visits, as they were when locked."""

    run: Run
    blueprint: Blueprint
    steps: Sequence[StepRow]
    using: str

    @property
    def status(self) -> RunStatus:
        """The run's status when it was locked."""
        return RunStatus(self.run.status)

    @property
    def current(self) -> list[StepRow]:
        """The current visits."""
        return [step for step in self.steps if step.current]

    @property
    def legal_actions(self) -> list[LegalAction]:
        """Everything that is legal."""
        return list_legal_actions(self.status, self.steps, self.blueprint)

    def find_step(self, name: str) -> StepRow | None:
        """Return the current visit of the step, or None if the run hasn't reached it. Raises StepNotFound."""
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
        """Return what the held step asks. Raises UnreadableRow if this version can't read it."""
        request = read_request(row.request)
        if request is None:
            raise UnreadableRow(
                table=StepRun._meta.db_table,
                id=str(row.id),
                column="request",
                problem=why_unreadable(row.request) or NOT_A_REQUEST,
            )
        return request

    def require(self, action: Action, name: str = "") -> LegalAction:
        """Return the action if it is legal now, on the run or on the named step.

        Raises:
            StepNotFound: the workflow has no such step.
            IllegalAction: the run's or the step's status doesn't allow it.
        """
        step = self.find_step(name) if name else None
        for legal in self.legal_actions:
            if legal.action is action and legal.step == name:
                return legal
        raise self._illegal_on_step(action, name, step) if name else self._illegal_on_run(action)

    def require_on_step(self, action: Action, name: str, visit: int | None) -> tuple[LegalAction, StepRow]:
        """Return the action and the step's current visit, as :meth:`require` does.

        ``visit`` is the visit that the person saw, or None if that isn't known; another one is illegal.
        """
        step = self.find_step(name)
        if step is not None and visit not in (None, step.visit):
            raise self.other_visit(step, visit)
        legal = self.require(action, name)
        assert step is not None  # noqa: S101 - only steps that the run has reached have legal actions
        return legal, step

    def check_irreversible(
        self, steps: Sequence[str], subject: str, *, allow_irreversible: bool
    ) -> dict[str, list[str]]:
        """Return what the audit event records about the override, empty if none is needed.

        ``steps`` are the irreversible steps that the action repeats; ``subject`` begins the error message.

        Raises:
            IrreversibleSteps: there are some, and the caller doesn't allow it.
        """
        if not steps:
            return {}
        if allow_irreversible is not True:
            raise IrreversibleSteps(
                f"{subject} would repeat irreversible steps: {', '.join(steps)}.",
                run_id=str(self.run.pk),
                steps=list(steps),
            )
        return {"overridden": list(steps)}

    def other_visit(self, step: StepRow, visit: int | None) -> IllegalAction:
        """Return the error: the step is in another visit than the one that the person saw."""
        return IllegalAction(
            f"Step {step.name} of run {self.run.pk} is in visit {step.visit}, not {visit}.",
            run_id=str(self.run.pk),
            status=self.status.value,
            step=step.name,
            step_status=step.status.value,
            waiting_for=step.waiting_for or "",
            visit=step.visit,
        )

    def _illegal_on_run(self, action: Action) -> IllegalAction:
        waits = [f"{step.name} waits for {step.waiting_for}" for step in self.current if step.waiting_for]
        why = f"it is {self.status}" + (f" ({', '.join(waits)})" if waits else "")
        return IllegalAction(
            f"Run {self.run.pk} can't be {SPECS[action].past}: {why}.",
            run_id=str(self.run.pk),
            status=self.status.value,
        )

    def _illegal_on_step(self, action: Action, name: str, step: StepRow | None) -> IllegalAction:
        status = StepStatus.PENDING if step is None else step.status
        waiting_for = (step.waiting_for or "") if step else ""
        details = {"step": name, "step_status": status.value, "waiting_for": waiting_for}
        state = f"{status} ({waiting_for})" if waiting_for else status
        why = f"the step is {state} and its run is {self.status}"
        if action is Action.REWIND and step is not None:
            repeated = find_downstream(self.blueprint, name)
            running = [s.name for s in self.current if s.name in repeated and s.status is StepStatus.RUNNING]
            if running:
                why = f"{', '.join(running)} {'is' if len(running) == 1 else 'are'} running"
                details["running"] = running  # type: ignore[assignment]
        return IllegalAction(
            f"Step {name} of run {self.run.pk} can't be {SPECS[action].past}: {why}.",
            run_id=str(self.run.pk),
            status=self.status.value,
            **details,
        )


def lock_run_and_steps(run_id: UUID, using: str) -> LockedRun:
    """Lock the run and its steps until the transaction ends. Raises RunNotFound."""
    run = lock_run(run_id, using)
    _require_known_statuses(run, using)
    return LockedRun(
        run=run,
        blueprint=read_blueprint(run.definition_id, using),
        steps=lock_steps(run_id, using),
        using=using,
    )


def lock_run(run_id: UUID, using: str) -> Run:
    """Lock the run alone until the transaction ends. Raises RunNotFound."""
    try:
        return runs.lock_run(run_id, using)
    except Run.DoesNotExist:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id)) from None


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
