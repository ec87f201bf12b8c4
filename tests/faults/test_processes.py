"""Signals to each process of a supervised cluster, in each situation: it works again, or it has ended.

``make faults`` runs every combination and 200 random kills. Otherwise the seed chooses a few.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from signal import Signals

import pytest

from squid_mesh.processes.board import Kind
from tests.acceptance.processes import until
from tests.faults.supervised import WITHIN, Supervised, send

EVERYTHING = os.environ.get("SQUID_MESH_TEST_FAULTS") == "all"
STEP_SECONDS = 1.5

Start = Callable[[], Supervised]


@pytest.fixture
def start(
    manage_command: tuple[str, ...], process_environment: dict[str, str], tmp_path: Path
) -> Iterator[Start]:
    started: list[Supervised] = []
    environment = process_environment | {"PYTHONUNBUFFERED": "1"}

    def begin() -> Supervised:
        started.append(Supervised(manage_command, environment, tmp_path / f"cluster{len(started)}.log"))
        return started[-1]

    yield begin
    for cluster in started:
        cluster.end()


@dataclass(frozen=True, slots=True)
class Case:
    """Which process gets which signal, alone or with its group, while the cluster does what."""

    victim: str
    situation: str
    number: Signals
    group: bool

    def __str__(self) -> str:
        whom = f"the group of the {self.victim}" if self.group else f"the {self.victim}"
        return f"{self.number.name} to {whom}, {self.situation}"


VICTIMS = ("supervisor", "leader", "sentinel", "pusher", "monitor", "worker")
SITUATIONS = ("idle", "busy", "starting", "stopping")
NUMBERS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT)
CASES = [Case(*case) for case in product(VICTIMS, SITUATIONS, NUMBERS, (False, True))]


def chosen_cases(seed: int) -> list[Case]:
    if EVERYTHING:
        return CASES
    chance = random.Random(seed)
    return [chance.choice([case for case in CASES if case.victim == victim]) for victim in VICTIMS]


def victim_of(cluster: Supervised, case: Case) -> int:
    """Return the process's id, as soon as there is one."""
    if case.victim == "supervisor":
        until(cluster.board, WITHIN, "the supervisor runs", lambda: cluster.log)
        return cluster.pid
    kind = Kind[case.victim.upper()]
    slots = until(lambda: cluster.slots(kind), WITHIN, f"there is a {case.victim}", lambda: cluster.log)
    busy = [slot for slot in slots if slot.is_busy]
    return (busy or slots)[0].pid


def run_case(cluster: Supervised, case: Case) -> bool:
    """Run the case; return whether the cluster goes on afterwards."""
    if case.situation != "starting":
        cluster.wait_until_ready()
    if case.situation in ("busy", "stopping"):
        cluster.start_step(STEP_SECONDS)
    victim = victim_of(cluster, case)
    if case.situation == "stopping":
        send(cluster.pid, signal.SIGTERM, group=False)
    cluster.remember()
    send(victim, case.number, group=case.group)
    return check(cluster, case)


def check(cluster: Supervised, case: Case) -> bool:
    killed = case.victim == "supervisor" and case.number is signal.SIGKILL
    stopped = case.victim == "supervisor" and case.number is signal.SIGSTOP
    if stopped and case.situation in ("starting", "stopping"):  # it can't notice until it is continued
        send(cluster.pid, signal.SIGCONT, group=case.group)
    if killed:
        assert cluster.assert_ended(str(case)) != 0
        return False
    if case.situation == "stopping" or case.number in (signal.SIGTERM, signal.SIGINT):
        assert cluster.assert_ended(str(case)) == 0
        return False
    cluster.assert_works(str(case))
    if stopped:
        send(cluster.pid, signal.SIGCONT, group=case.group)
    until(
        lambda: not cluster.stopped(),
        WITHIN,
        f"no process is stopped any more after {case}",
        lambda: cluster.log,
    )
    return True


def test_a_cluster_works_again_or_has_ended_whatever_signal_one_of_its_processes_gets(
    start: Start, seed: int
) -> None:
    cluster: Supervised | None = None
    for case in chosen_cases(seed):
        if cluster is None or case.situation == "starting":
            if cluster is not None:
                assert cluster.stop() == 0
            cluster = start()
        if not run_case(cluster, case):
            cluster = None
    if cluster is not None:
        assert cluster.stop() == 0
        cluster.assert_ended("a stop")


@pytest.mark.timeout(3600)
def test_no_random_kill_freezes_a_quiet_cluster(start: Start, seed: int) -> None:
    chance = random.Random(seed)
    cluster = start()
    for number in range(200 if EVERYTHING else 8):
        cluster.wait_until_ready()
        slot = chance.choice([slot for kind in set(Kind) - {Kind.FREE} for slot in cluster.slots(kind)])
        send(slot.pid, signal.SIGKILL, group=False)
        cluster.assert_works(f"kill {number}, of the {slot.kind.name.lower()}")
    assert cluster.stop() == 0
    cluster.assert_ended("a stop")
