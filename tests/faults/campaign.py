"""A campaign: runs are started, workers are killed, and a person decides about steps that may have happened.

The seed chooses whom to kill and when. It doesn't repeat a campaign exactly, because processes take turns in
another order.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from squid_mesh import api
from squid_mesh.lifecycle import FINISHED_RUN, StepStatus
from squid_mesh.models import Run, StepRun
from squid_mesh.processes.board import Kind
from squid_mesh.processes.state import State, read_state
from tests.acceptance.processes import until, until_none
from tests.faults.evidence import Evidence, read_evidence
from tests.faults.killed_flows import PAUSING, WORKFLOWS, Chained, Forked
from tests.faults.ledger import END, Key, Ledger
from tests.faults.supervised import Supervised

#: Starts a cluster, as the one of that number.
Start = Callable[[int], Supervised]

#: Seconds that a step takes.
_SHORTEST, _LONGEST = 0.1, 0.4
#: Seconds without a victim, or without a run that finishes, after which something is wrong.
_PATIENCE = 60.0
#: Seconds for which one kind of victim is looked for at a time.
_LOOK = 2.0
#: Of that many kills one is of a whole cluster.
_CLUSTER_EVERY = 12
#: Who decides, and why.
_PERSON, _REASON = "campaign", "the ledger shows it"


@dataclass(frozen=True, slots=True)
class Victim:
    """A worker process, and when it started: its number may be another's later."""

    pid: int
    started: int

    def is_in(self, state: State) -> bool:
        """Return whether the process is in that state."""
        return read_state(self.pid, self.started) is state


class Campaign:
    """Runs on some clusters, and all that is known about them.

    ``killed`` and ``stopped`` are the processes that got the signal, and when. ``inside`` counts the kills
    that hit a process between the two lines of a step. ``open_runs`` is how many runs are open at a time
    while workers are killed.
    """

    def __init__(self, start: Start, clusters: int, ledger: Path, seed: int) -> None:
        self._start = start
        self.open_runs = 5 * clusters
        self.clusters = [start(number) for number in range(clusters)]
        self.ledger = Ledger(ledger)
        self.chance = random.Random(seed)
        self.started: list[str] = []
        self.killed: dict[int, float] = {}
        self.stopped: dict[int, float] = {}
        self.inside = 0
        self._rounds = 0
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until all processes of the clusters run."""
        for cluster in self.clusters:
            cluster.wait_until_ready()

    def describe(self) -> str:
        """Return what a failed test needs to show."""
        held = StepRun.objects.exclude(status=StepStatus.COMPLETED)
        columns = ("run_id", "name", "status", "waiting_for", "worker", "attempt_number", "lease_until")
        rows = "\n".join(map(str, held.values_list(*columns)[:20]))
        logs = "\n".join(cluster.log[-3000:] for cluster in self.clusters)
        return f"killed: {self.killed}\nopen steps:\n{rows}\n{logs}"

    def start_runs(self, runs: int, seconds: float | None = None) -> None:
        """Start that many runs, of both workflows in turn, whose steps take that many seconds each."""
        for _ in range(runs):
            workflow = (Chained, Forked)[len(self.started) % 2]
            taken = self.chance.uniform(_SHORTEST, _LONGEST) if seconds is None else seconds
            run = api.start_run(workflow, {"ledger": str(self.ledger.path), "seconds": taken})
            self.started.append(str(run.id))

    def keep_runs_open(self) -> None:
        """Start runs instead of those that have finished."""
        self.start_runs(max(0, self.open_runs - self.count_open()))

    def kill_inside_steps(self, kills: int) -> None:
        """Kill workers and clusters until that many more were inside steps. There are always open runs."""
        target = self.inside + kills
        while self.inside < target:
            self._rounds += 1
            if self._rounds % _CLUSTER_EVERY == _CLUSTER_EVERY // 4:
                self.kill_cluster()
            else:
                self.kill_worker()

    def kill_worker(self) -> None:
        """Kill one worker: mostly inside a step, else right after a step, or at any moment."""
        ways = (self._find_inside_step, self._find_after_step, self._find_any)
        (way,) = self.chance.choices(ways, (0.7, 0.15, 0.15))

        def find() -> Victim | None:
            self.keep_runs_open()
            return way()

        self._kill(_wait_for(find, f"a worker can be killed: {way.__name__}", self.describe))

    def kill_any_worker(self) -> None:
        """Kill a worker at any moment. Reads nothing from the database."""
        self._kill(_wait_for(self._find_any, "a worker runs", str))

    def _kill(self, victim: Victim) -> None:
        at = time.monotonic()
        os.kill(victim.pid, signal.SIGKILL)
        self._bury([victim], at)

    def kill_cluster(self) -> None:
        """Kill a supervisor, and with it its whole cluster, as if its machine were lost. Start another."""
        number = self.chance.randrange(len(self.clusters))
        cluster = self.clusters[number]
        cluster.wait_until_ready()
        at = time.monotonic()
        os.kill(cluster.pid, signal.SIGKILL)
        cluster.assert_ended("a kill of its supervisor")
        # Its board is still there. The sentinel may have started a worker before it died, too.
        self._bury([Victim(slot.pid, slot.started) for slot in cluster.slots(Kind.WORKER)], at)
        self.clusters[number] = self._start(number)

    def stop_until_another_takes_over(self) -> bool:
        """Stop a worker inside a step, and let it continue when another worker has started the step again.

        Return False if it continued before that: its supervisor waits for five seconds.
        """
        victim = _wait_for(self._find_inside_repeatable_step, "a worker can be stopped", self.describe)
        line = self.ledger.open_line(victim.pid)
        assert line is not None
        following: Key = (line.run, line.step, line.visit, line.attempt + 1)
        self.stopped[victim.pid] = time.monotonic()
        os.kill(victim.pid, signal.SIGSTOP)

        def is_decided() -> bool:
            self.ledger.read()
            return self.ledger.has_started(following) or self.ledger.end_line(line.key) is not None

        try:
            until(is_decided, _PATIENCE, "the step is taken over", self.describe)
        finally:
            os.kill(victim.pid, signal.SIGCONT)
        until(
            lambda: self.ledger.read() is not None and self.ledger.end_line(line.key) is not None,
            _PATIENCE,
            "the stopped step ends",
            self.describe,
        )
        return self.ledger.has_started(following)

    def decide(self) -> None:
        """Decide about steps that wait for a person, by what the ledger shows of their last attempts."""
        held = StepRun.objects.filter(run__workflow__in=WORKFLOWS)
        for row in held.filter(status__in=[StepStatus.UNKNOWN, StepStatus.PAUSED]):
            self.ledger.read()
            end = self.ledger.end_line((str(row.run_id), row.name, row.visit, row.attempt_number))
            if row.status == StepStatus.UNKNOWN and end is not None:
                output = {"attempt": end.attempt, "pid": end.pid}
                api.resolve_step(row.run_id, row.name, output=output, actor=_PERSON, reason=_REASON)
            else:
                api.retry_step(row.run_id, row.name, allow_irreversible=True, actor=_PERSON, reason=_REASON)

    def count_open(self) -> int:
        """Decide about what waits; return how many runs haven't finished."""
        self.decide()
        ours = Run.objects.filter(workflow__in=WORKFLOWS)
        return ours.exclude(status__in=[status.value for status in FINISHED_RUN]).count()

    def finish(self) -> None:
        """Wait until all runs have finished: for as long as it takes, if they do so one after the other."""
        until_none(self.count_open, _PATIENCE, "all runs have finished", self.describe)

    def end(self) -> None:
        """Stop the clusters, and assert that they end as they should."""
        for cluster in self.clusters:
            assert cluster.stop() == 0, cluster.log

    def read_evidence(self) -> Evidence:
        """Return what is known now."""
        self.ledger.read()
        return read_evidence(self.started, self.ledger.lines, self.killed, self.stopped)

    def _bury(self, victims: Iterable[Victim], at: float) -> None:
        """Wait until the processes are dead, and count those that were inside a step."""
        dead = {victim for victim in victims if victim.pid not in self.killed}
        until(lambda: all(one.is_in(State.DEAD) for one in dead), _PATIENCE, f"{dead} are dead")
        self.ledger.read()
        for victim in dead:
            self.killed[victim.pid] = at
            self.inside += self.ledger.open_line(victim.pid) is not None

    def _list_workers(self) -> list[Victim]:
        """Return the workers that run."""
        slots = [slot for cluster in self.clusters for slot in cluster.slots(Kind.WORKER)]
        found = [Victim(slot.pid, slot.started) for slot in slots]
        return [one for one in found if one.pid and one.pid not in self.killed and one.is_in(State.RUNNING)]

    def _find_inside_step(self) -> Victim | None:
        """Choose a worker inside a step, and wait for a moment; return it if it is still there."""
        self.ledger.read()
        inside = [one for one in self._list_workers() if self.ledger.open_line(one.pid) is not None]
        if not inside:
            return None
        chosen = self.chance.choice(inside)
        line = self.ledger.open_line(chosen.pid)
        time.sleep(self.chance.uniform(0, _LONGEST))
        self.ledger.read()
        return chosen if self.ledger.open_line(chosen.pid) == line else None

    def _find_inside_repeatable_step(self) -> Victim | None:
        """Return a worker that has just begun a step that doesn't pause."""
        workers = {one.pid: one for one in self._list_workers()}
        for line in self.ledger.read():
            if line.what != END and line.step not in PAUSING and line.pid in workers:
                return workers[line.pid]
        return None

    def _find_after_step(self) -> Victim | None:
        """Wait for the end of a step, and return its worker, which stores the result at this moment."""
        workers = {one.pid: one for one in self._list_workers()}
        look_until = time.monotonic() + _LOOK
        while time.monotonic() < look_until:
            for line in self.ledger.read():
                if line.what == END and line.pid in workers:
                    time.sleep(self.chance.choice((0, 0, 0.002, 0.01)))
                    return workers[line.pid]
            time.sleep(0.001)
        return None

    def _find_any(self) -> Victim | None:
        """Wait for a moment, and return any worker: it may claim, settle or wait."""
        time.sleep(self.chance.uniform(0, _LONGEST))
        workers = self._list_workers()
        return self.chance.choice(workers) if workers else None


def _wait_for(find: Callable[[], Victim | None], what: str, details: Callable[[], str]) -> Victim:
    """Call ``find`` until it returns a worker."""
    found = until(find, _PATIENCE, what, details)
    assert found is not None
    return found
