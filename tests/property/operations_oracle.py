"""What each move of a worker or an operator does to a run: slow, plain, and without the engine's code.

The rules, beside those of :mod:`tests.property.oracle`:

- A step has at most one current visit. A rewind makes the current visits of its target and of all steps
  after it history, cancels those that are open, and gives the target a new visit.
- In an active run, every step that can be decided is decided at once. A step that fails its run has no
  label until an operator retries, skips or resolves it, so nothing follows from it.
- A run that a step fails cancels what isn't running, and ends once nothing runs. In an ending run a step
  is never tried again.
- What an operator does to a step of a finished run reopens the run: the cancelled steps are ready again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.property.oracle import Arrow, Case, Node, verdict_of

CRASH_CAP: Final = 2
#: Exits of every approval: who may choose them is not what this model is about.
EXITS: Final = ("approved", "rejected", "left")
ACTIVE: Final = ("pending", "running", "retrying", "waiting", "paused")
ENDING: Final = {"failing": "failed", "cancelling": "cancelled"}
OPEN: Final = ("ready", "running", "waiting", "paused", "unknown")
REMEDIES: Final = ("retry", "skip", "resolve")
#: What an operator may do to a step that isn't finished, by its status and what it waits for.
LEGAL: Final = {
    ("ready", ""): ("skip",),
    ("waiting", "timer"): ("skip",),
    ("waiting", "retry"): REMEDIES,
    ("waiting", "defer"): REMEDIES,
    ("paused", "crash_cap"): REMEDIES,
    ("paused", "approval"): ("decide", "skip"),
    ("paused", "pause"): ("resume", "skip"),
    ("unknown", "outcome"): REMEDIES,
}


@dataclass
class Visit:
    """One visit of a step. ``attempts`` are the outcomes of its executions, ``votes`` the exits chosen."""

    name: str
    number: int
    status: str = "ready"
    waiting_for: str = ""
    label: str | None = None
    current: bool = True
    failures: int = 0
    crashes: int = 0
    attempts: list[str] = field(default_factory=list)
    votes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Choice:
    """An action that is legal now. ``exits`` are what can be chosen with it."""

    action: str
    step: str = ""
    exits: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()


class Model:
    """A run of the case, as it must be after each move."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.nodes = {node.name: node for node in case.nodes}
        self.run = "pending"
        self.failed_by: set[str] = set()
        self.visits: list[Visit] = []
        self._played = dict.fromkeys(self.nodes, 0)
        self._decide_all()

    @property
    def current(self) -> dict[str, Visit]:
        """The current visits by name."""
        return {visit.name: visit for visit in self.visits if visit.current}

    # --- workers -------------------------------------------------------------------------------------

    def claim(self, name: str) -> Visit:
        """A worker claims the step."""
        visit = self.current[name]
        assert visit.status in ("ready", "waiting"), visit
        assert self.run in ACTIVE, self.run
        visit.status, visit.waiting_for = "running", ""
        self.run = "running"
        return visit

    def settle(self, visit: Visit) -> None:
        """The worker that holds the visit executes its step and settles."""
        assert visit.current, visit
        assert visit.status == "running", visit
        attempt = self._execute(visit, self.nodes[visit.name])
        visit.attempts.append(attempt)
        self._follow(visit)

    def lose(self, visit: Visit) -> None:
        """The worker's lease ends, and the step is recovered."""
        visit.attempts.append("interrupted")
        visit.crashes += 1
        if self.nodes[visit.name].on_crash == "pause":
            visit.status, visit.waiting_for = "unknown", "outcome"
        elif self.run in ENDING:
            visit.status = "cancelled"
        elif visit.crashes >= CRASH_CAP:
            visit.status, visit.waiting_for = "paused", "crash_cap"
        else:
            visit.status = "ready"
        self._move_run()

    # --- the operator --------------------------------------------------------------------------------

    def legal(self) -> list[Choice]:
        """Everything that an operator may do now, comments and replays aside."""
        choices = [Choice("cancel")] if self.run in ACTIVE else []
        if self.run in ACTIVE or self.run in ("failed", "completed"):
            choices += [choice for visit in self.current.values() for choice in self._of_step(visit)]
        return choices

    def _of_step(self, visit: Visit) -> Iterator[Choice]:
        name, culprit = visit.name, visit.status == "failed" and self._fails_run(visit)
        actions: tuple[str, ...] = ()
        if culprit:
            actions = REMEDIES
        elif self.run in ACTIVE or visit.status == "unknown":
            actions = LEGAL.get((visit.status, visit.waiting_for), ())
        for action in actions:
            exits: tuple[str, ...] = ()
            if action == "decide":
                exits = EXITS
            elif action == "resolve":
                exits = ("ok", *self.case.labels, *(() if culprit else ("error",)))
            yield Choice(action, name, exits, self._repeats([visit]) if action == "retry" else ())
        lost = [self.current[after] for after in self.after(name) if after in self.current]
        if visit.status != "skipped" and not any(other.status == "running" for other in lost):
            yield Choice("rewind", name, (), self._repeats(lost))

    def cancel(self) -> None:
        """Cancel the run: what runs may end."""
        self._cancel_idle()
        self.run = "cancelling" if self._running() else "cancelled"

    def retry(self, name: str) -> None:
        """Run the step again, in the same visit."""
        self._reopen()
        visit = self.current[name]
        visit.status, visit.waiting_for, visit.label = "ready", "", None
        visit.failures = visit.crashes = 0
        self._decide_all()
        self._move_run()

    def skip(self, name: str) -> None:
        """Bypass the step."""
        self._end(name, "bypassed", "ok")

    def resolve(self, name: str, label: str) -> None:
        """End the step without running it."""
        self._end(name, "failed" if label == "error" else "completed", label)

    def resume(self, name: str) -> None:
        """Complete a pause."""
        self._end(name, "completed", "ok")

    def decide(self, name: str, exit: str) -> None:
        """Vote; the step ends with the vote that the quorum needs."""
        visit, node = self.current[name], self.nodes[name]
        visit.votes.append(exit)
        if visit.votes.count(exit) >= (1 if exit == "rejected" else node.quorum):
            self._end(name, "completed", "ok" if exit == "approved" else exit)

    def rewind(self, name: str) -> None:
        """Go back to the step."""
        self._reopen(without=self.after(name))
        self._take_back(name)
        self._decide_all()
        self._move_run()

    # --- what follows --------------------------------------------------------------------------------

    def _execute(self, visit: Visit, node: Node) -> str:
        if node.guard is False:
            visit.status, visit.label = "bypassed", "ok"
            return "bypassed"
        played, self._played[node.name] = self._played[node.name], self._played[node.name] + 1
        move = node.script[played] if played < len(node.script) else "ok"
        match move:
            case "raise" | "give up":
                visit.failures += 1
                if move == "raise" and visit.failures < node.max_attempts:
                    visit.status, visit.waiting_for = "waiting", "retry"
                else:
                    visit.status, visit.label = "failed", "error"
                return "failed"
            case "defer":
                visit.status, visit.waiting_for = "waiting", "defer"
                return "deferred"
            case "approval" | "pause":
                visit.status, visit.waiting_for, visit.votes = "paused", move, []
                return "waiting"
        visit.status, visit.label = "completed", move
        return "completed"

    def _end(self, name: str, status: str, label: str) -> None:
        self._reopen()
        visit = self.current[name]
        visit.status, visit.waiting_for, visit.label = "ready", "", None
        self._decide_all(without=name)
        visit.status, visit.label = status, label
        self._follow(visit)

    def _follow(self, visit: Visit) -> None:
        """What follows from a change of one visit."""
        if self.run in ENDING:
            if visit.status in OPEN:
                visit.status, visit.waiting_for = "cancelled", ""
        elif visit.status not in OPEN:
            back = next((a for a in self.case.rewinds(visit.name) if a.label == visit.label), None)
            if self._fails_run(visit) or (back and not self._may_go_back(back)):
                self.failed_by = {visit.name}
                self._cancel_idle()
                self.run = "failing" if self._running() else "failed"
                return
            if back:
                self._take_back(back.target, but=visit)
            self._decide_all()
        self._move_run()

    def _decide_all(self, *, without: str = "") -> None:
        """Decide every step that can be, until none can."""
        changed = True
        while changed:
            changed = False
            labels = self._labels()
            labels.pop(without, None)
            for node in self.case.nodes:
                if node.name in self.current:
                    continue
                verdict = verdict_of(node, self.case.entering(node.name), labels)
                if verdict == "undecided":
                    continue
                number = 1 + sum(visit.name == node.name for visit in self.visits)
                status = "ready" if verdict == "runs" else "skipped"
                self.visits.append(Visit(node.name, number, status))
                changed = True
                break

    def _labels(self) -> dict[str, str | None]:
        finished = [visit for visit in self.current.values() if visit.status not in OPEN]
        return {visit.name: visit.label for visit in finished if not self._fails_run(visit)}

    def _fails_run(self, visit: Visit) -> bool:
        if visit.status not in ("completed", "bypassed", "failed"):
            return False
        arrows = [*self.case.leaving(visit.name), *self.case.rewinds(visit.name)]
        targets = [arrow.target for arrow in arrows if arrow.label == visit.label]
        return "fail" in targets or (visit.label == "error" and not targets)

    def _may_go_back(self, back: Arrow) -> bool:
        visits = sum(visit.name == back.target for visit in self.visits)
        if back.max_visits is not None and visits >= back.max_visits:
            return False
        lost = [self.current[name] for name in self.after(back.target) if name in self.current]
        return not self._repeats(lost)

    def _take_back(self, target: str, *, but: Visit | None = None) -> None:
        for name in self.after(target):
            visit = self.current.get(name)
            if visit is None:
                continue
            visit.current = False
            if visit.status in OPEN and visit is not but:
                if visit.status == "running":
                    visit.attempts.append("interrupted")
                visit.status, visit.waiting_for = "cancelled", ""
        number = 1 + sum(visit.name == target for visit in self.visits)
        self.visits.append(Visit(target, number))

    def after(self, name: str) -> list[str]:
        """The step and all steps that some path leads to from it."""
        found = [name]
        for node in self.case.nodes:  # in topological order
            if any(arrow.source in found for arrow in self.case.entering(node.name)):
                found.append(node.name)
        return found

    def _repeats(self, visits: Iterable[Visit]) -> tuple[str, ...]:
        return tuple(
            visit.name
            for visit in visits
            if self.nodes[visit.name].irreversible
            and (visit.status in ("completed", "running") or visit.crashes)
        )

    def _reopen(self, *, without: Iterable[str] = ()) -> None:
        if self.run in ACTIVE:
            return
        self.run, self.failed_by = "running", set()
        for visit in self.current.values():
            if visit.status == "cancelled" and visit.name not in without:
                visit.status, visit.failures, visit.crashes = "ready", 0, 0

    def _cancel_idle(self) -> None:
        for visit in self.current.values():
            if visit.status in OPEN and visit.status != "running":
                visit.status, visit.waiting_for = "cancelled", ""

    def _running(self) -> bool:
        return any(visit.status == "running" for visit in self.current.values())

    def _move_run(self) -> None:
        """Give the run the status that its steps give it."""
        visits = [visit for visit in self.current.values() if visit.status in OPEN]
        statuses = {visit.status for visit in visits}
        if self.run in ENDING:
            self.run = self.run if "running" in statuses else ENDING[self.run]
        elif not visits:
            left = {visit.name for visit in self.current.values() if self._fails_run(visit)}
            self.run, self.failed_by = ("failed", left) if left else ("completed", set())
        elif statuses & {"ready", "running"}:
            self.run = "running"
        elif statuses & {"paused", "unknown"}:
            self.run = "paused"
        else:
            retries = any(visit.waiting_for == "retry" for visit in visits)
            self.run = "retrying" if retries else "waiting"
