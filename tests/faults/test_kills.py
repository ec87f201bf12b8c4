"""Workers are killed inside their steps: the ledger and the rows agree about everything that happened.

``make faults`` kills 300 on each database. Otherwise the seed chooses a few.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.acceptance.processes import until
from tests.faults.campaign import Campaign
from tests.faults.campaign_settings import BROKEN
from tests.faults.evidence import Evidence
from tests.faults.moved_clock import VARIABLE as CLOCK_OFF
from tests.faults.outages import fragile_database
from tests.faults.rules import find_violations
from tests.faults.supervised import Supervised

EVERYTHING = os.environ.get("SQUID_MESH_TEST_FAULTS") == "all"
KILLS, OUTAGES = (300, 12) if EVERYTHING else (12, 1)
HOUR = 3600
#: Seconds. Longer than any outage here, and than a loaded machine keeps a worker from renewing it.
LEASE = "8"
#: Shorter than the time after which a supervisor continues a stopped worker.
SHORT_LEASE = "3.5"
MANAGE_MOVED = str(Path(__file__).with_name("moved_clock.py"))

Begin = Callable[..., Campaign]


@pytest.fixture
def begin(process_environment: dict[str, str], tmp_path: Path, seed: int) -> Iterator[Begin]:
    """Return a function that starts clusters, with these variables in their environment, and a campaign.

    ``clocks`` are the seconds by which the clock of each cluster is wrong.
    """
    started: list[Supervised] = []

    def start_campaign(clocks: tuple[int, ...] = (0,), **variables: str) -> Campaign:
        environment = process_environment | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.campaign_settings",
            "SQUID_MESH_TEST_LEASE": LEASE,
            "PYTHONUNBUFFERED": "1",
            **variables,
        }

        def start(number: int) -> Supervised:
            moved = environment | {CLOCK_OFF: str(clocks[number])}
            log = tmp_path / f"cluster{len(started)}.log"
            started.append(Supervised((sys.executable, MANAGE_MOVED), moved, log))
            return started[-1]

        return Campaign(start, len(clocks), tmp_path / "ledger", seed)

    yield start_campaign
    for cluster in started:
        cluster.remember()
        if cluster.exit_code() is None:
            os.kill(cluster.pid, signal.SIGKILL)  # a stop would wait for the steps
        cluster.end()


def assert_sound(campaign: Campaign) -> Evidence:
    """Let all runs finish, and assert that nothing contradicts the rules."""
    campaign.finish()
    evidence = campaign.read_evidence()
    violations = find_violations(evidence)
    assert not violations, f"{violations}\n{campaign.describe()}"
    assert evidence.count_kills_inside_steps() == campaign.inside
    return evidence


@pytest.mark.timeout(7200 if EVERYTHING else 300)
def test_killed_workers_lose_no_run_and_double_no_step_whatever_their_clocks_show(
    begin: Begin, seed: int
) -> None:
    since = time.monotonic()
    campaign = begin(clocks=(HOUR, -HOUR))
    campaign.kill_inside_steps(KILLS)
    evidence = assert_sound(campaign)
    campaign.end()
    ahead = time.time() - time.monotonic()
    for read in ("clock", "calendar"):
        off = {round((getattr(line, read) - line.at - ahead) / HOUR, 1) for line in evidence.lines}
        assert off == {1.0, -1.0}, f"the {read} of each cluster was wrong by an hour"
    print(f"Seed {seed}: {describe(evidence)}, {time.monotonic() - since:.0f} s")  # noqa: T201 - for `make faults`


def describe(evidence: Evidence) -> str:
    """Return the figures of a campaign."""
    interrupted = sum(attempt.outcome == "interrupted" for attempt in evidence.attempts)
    decisions = Counter(event.type for event in evidence.events)
    return (
        f"{evidence.count_kills_inside_steps()} kills inside steps, {len(evidence.killed)} workers killed, "
        f"{interrupted} attempts interrupted, {decisions['step_retried']} steps repeated and "
        f"{decisions['step_resolved']} resolved by a person, {len(evidence.started)} runs, "
        f"{len(evidence.steps)} steps, {len(evidence.executions)} executions"
    )


@pytest.mark.skipif(connection.vendor == "mysql", reason="restarts PostgreSQL, or locks SQLite")
@pytest.mark.timeout(1800 if EVERYTHING else 300)
def test_stored_results_are_kept_when_the_database_restarts_and_workers_are_killed(
    begin: Begin, seed: int
) -> None:
    with fragile_database() as database:
        campaign = begin(**database.variables)
        for _ in range(OUTAGES):
            campaign.kill_inside_steps(1)
            campaign.wait_until_ready()  # without the database, no cluster starts
            with database.outage():
                campaign.kill_any_worker()
                time.sleep(campaign.chance.uniform(0.5, 1.5))  # the outage itself
        evidence = assert_sound(campaign)
        campaign.end()
    print(f"Seed {seed}: {OUTAGES} outages, {describe(evidence)}")  # noqa: T201 - for `make faults`


def stop_a_worker(campaign: Campaign) -> None:
    """Stop a worker inside a step until another, which has nothing else to do, has started the step again."""
    taken_over = False
    while not taken_over:
        campaign.finish()
        campaign.start_runs(1, seconds=0.8)
        taken_over = campaign.stop_until_another_takes_over()


def test_a_worker_that_was_stopped_past_its_lease_writes_nothing(begin: Begin) -> None:
    campaign = begin(SQUID_MESH_TEST_LEASE=SHORT_LEASE)
    stop_a_worker(campaign)
    evidence = assert_sound(campaign)
    assert "interrupted" in {one.outcome for one in evidence.attempts if one.pid in evidence.stopped}


def test_the_checks_fail_without_fencing(begin: Begin) -> None:
    campaign = begin(SQUID_MESH_TEST_LEASE=SHORT_LEASE, **{BROKEN: "settle_any_claim"})

    def results_are_wrong() -> bool:
        stop_a_worker(campaign)
        campaign.finish()
        return "wrong_results" in find_violations(campaign.read_evidence())

    until(results_are_wrong, 60, "a stopped worker writes a result", campaign.describe)


def test_the_checks_fail_if_steps_of_living_workers_are_recovered(begin: Begin) -> None:
    campaign = begin(**{BROKEN: "recover_living_workers"})
    campaign.open_runs = 3  # so few that a worker has time for what it has taken from another

    def steps_overlap() -> bool:
        campaign.keep_runs_open()
        return {"overlapping", "unexplained"} <= set(find_violations(campaign.read_evidence()))

    until(steps_overlap, 60, "steps overlap", campaign.describe)


def test_the_checks_fail_if_an_attempt_is_recorded_after_its_effect(begin: Begin) -> None:
    campaign = begin(**{BROKEN: "record_after_effect"})
    campaign.kill_inside_steps(1)
    campaign.finish()
    assert "unrecorded" in find_violations(campaign.read_evidence())


@pytest.mark.skipif(not EVERYTHING, reason="in `make faults`")
def test_the_checks_fail_if_a_result_is_stored_before_its_effect(begin: Begin) -> None:
    campaign = begin(**{BROKEN: "settle_before_effect"})
    campaign.kill_inside_steps(1)
    campaign.finish()
    assert {"unrecorded", "wrong_results"} <= set(find_violations(campaign.read_evidence()))
