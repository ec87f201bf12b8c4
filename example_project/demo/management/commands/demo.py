"""``manage.py demo``: run the workflows on a real cluster, by hand and by the clock, within seconds."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from digest.localhost import Localhost
from digest.models import SentItem
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from demo import table
from demo.clock import LEAD, ScheduledDigest
from demo.cluster import Cluster
from demo.decisions import Script
from demo.expense_runs import ExpenseDesk, list_transfers, submit_for_demo
from demo.people import create_users
from demo.progress import RunProgress, first_line
from demo.runs import DemoRun, start_digest, start_onboarding
from demo.signals import interrupt_on_sigterm
from squid_mesh import api
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus, WaitingFor

#: The seconds that all runs may take. They need about five.
TIMEOUT = 60
POLL_INTERVAL = 0.1
DEMO_DATABASE = "demo.sqlite3"
#: One digest is started by hand, one by the clock.
_DIGESTS = 2


class Command(BaseCommand):
    """Run a daily digest, onboard three customers and pay three expenses."""

    help = "Run the workflows on a real cluster, print what happens, and stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, run, report, and stop everything."""
        interrupt_on_sigterm()
        logging.getLogger("squid_mesh").setLevel(logging.WARNING)  # the table shows what happens
        self._log = settings.DATA_DIR / "demo-cluster.log"
        try:
            self._prepare_database()
            edition = uuid4().hex[:8]
            scheduled = ScheduledDigest.find_next()
            with (
                Localhost() as localhost,
                Cluster(self._log, scheduled.environment(localhost, edition)) as cluster,
            ):
                self._demonstrate(localhost, cluster, edition, scheduled)
        except KeyboardInterrupt:
            self.stderr.write("Interrupted. The cluster is stopped.")
            sys.exit(130)

    def _prepare_database(self) -> None:
        """Migrate. The demo's own SQLite file is recreated, any other database is kept."""
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" and Path(name) == settings.DATA_DIR / DEMO_DATABASE:
            connection.close()  # it would keep the deleted file open
            for leftover in settings.DATA_DIR.glob(f"{DEMO_DATABASE}*"):
                leftover.unlink()
        if connection.vendor == "sqlite":
            name = os.path.relpath(name)
        self._print("Database", f"{connection.vendor}, {name}")
        call_command("migrate", verbosity=0, interactive=False)

    def _demonstrate(
        self, localhost: Localhost, cluster: Cluster, edition: str, scheduled: ScheduledDigest
    ) -> None:
        self._print("Servers", f"{localhost.url}: a feed, and a webhook that returns 503, then 429, then 204")
        workers = settings.Q_CLUSTER["workers"]
        log = os.path.relpath(self._log)
        self._print("Cluster", f"squid_mesh worker, process {cluster.pid}, {workers} workers, log in {log}")
        self._print(
            "Clock",
            f"set to {LEAD.seconds} s before {scheduled.at:%A, %d %B %Y, %H:%M %Z}, for the cron trigger",
        )

        digest = start_digest(localhost, edition)
        desk = ExpenseDesk(create_users())
        expenses = submit_for_demo(desk)
        runs = [digest, *start_onboarding(), *expenses]
        repeated = start_digest(localhost, edition)
        for run in runs:
            self._print(run.label, f"{run.id}  {run.summary}")

        snapshots = self._follow(runs, cluster, scheduled, desk.script)
        self._print_summary(runs, snapshots)
        self._print_history(expenses[0], snapshots)
        self._print_transfers(expenses)
        self._print_webhook(localhost)
        if repeated.id == digest.id:
            self._print("Digest", "started twice with the same idempotency key: one run")
        problems = _find_problems(localhost, digest, repeated, snapshots) + _find_unpaid(expenses)
        self._stop(cluster, problems)

    def _follow(
        self, runs: list[DemoRun], cluster: Cluster, scheduled: ScheduledDigest, script: Script
    ) -> list[RunSnapshot]:
        """Print each attempt and decision until all runs are finished or the time is up.

        The run that the clock starts is added to ``runs``. People act when their approval is reached.
        """
        self._print_title(table.HEAD)
        progress: defaultdict[UUID, RunProgress] = defaultdict(RunProgress)
        by_clock: DemoRun | None = None
        deadline = time.monotonic() + TIMEOUT
        zero: datetime | None = None
        while True:
            alive = cluster.alive
            if by_clock is None and (by_clock := scheduled.find_run()) is not None:
                runs.append(by_clock)
            snapshots = [api.inspect_run(run.id, history=True) for run in runs]
            zero = zero or min(snapshot.created_at for snapshot in snapshots)
            entries = [
                (entry, run.label)
                for run, snapshot in zip(runs, snapshots, strict=True)
                for entry in progress[run.id].find_new_entries(snapshot, _explain_approvals(snapshot))
            ]
            for entry, label in sorted(entries, key=lambda pair: pair[0].at):
                self.stdout.write(table.format_entry(entry, label, zero, self.style))
            self.stdout.flush()
            script.perform(snapshots)
            finished = by_clock is not None and all(s.status in FINISHED_RUN for s in snapshots)
            if finished or not alive or time.monotonic() > deadline:
                return snapshots
            time.sleep(POLL_INTERVAL)

    def _print_summary(self, runs: Sequence[DemoRun], snapshots: Sequence[RunSnapshot]) -> None:
        self._print_title(table.SUMMARY_HEAD)
        for run, snapshot in zip(runs, snapshots, strict=True):
            self.stdout.write(table.format_summary(run.label, snapshot, self.style))
            if snapshot.status is not RunStatus.COMPLETED:
                self._print_reasons(snapshot)

    def _print_reasons(self, snapshot: RunSnapshot) -> None:
        """Print why a run did not complete."""
        if snapshot.error:
            self.stdout.write(self.style.ERROR(f"  {first_line(snapshot.error)}"))
        for step in snapshot.steps:
            if step.finished_at is None or step.error:
                waits = f" for {step.waiting_for} until {step.due_at}" if step.waiting_for else ""
                error = first_line(step.error)
                self.stdout.write(f"  {step.name}: {step.status}{waits}{', ' if error else ''}{error}")

    def _print_history(self, run: DemoRun, snapshots: Sequence[RunSnapshot]) -> None:
        self._print_title(f"The history of {run.label}")
        snapshot = next(each for each in snapshots if each.id == run.id)
        for event in snapshot.events:
            self.stdout.write(table.format_event(event, snapshot.created_at))

    def _print_transfers(self, expenses: Sequence[DemoRun]) -> None:
        self._print_title("The bank")
        for run in expenses:
            for transfer in list_transfers(run):
                self.stdout.write(f"{run.label:<8}  {transfer}, reference {transfer.reference}")

    def _print_webhook(self, localhost: Localhost) -> None:
        calls, messages = localhost.calls, localhost.messages
        sent = SentItem.objects.filter(feed_url__startswith=localhost.url).count()
        self._print_title("The webhook")
        for key in dict.fromkeys(call.key for call in calls):
            statuses = ", ".join(str(call.status) for call in calls if call.key == key)
            self.stdout.write(f"Idempotency key {key}: returned {statuses}.")
        self.stdout.write(
            f"Digests delivered: {len(messages)}. Items marked as sent: {sent}. The first digest:"
        )
        for message in messages[:1]:
            for line in message.splitlines():
                self.stdout.write(f"  | {line}".rstrip())
        self.stdout.write("")

    def _stop(self, cluster: Cluster, problems: list[str]) -> None:
        stopped_in = cluster.stop()
        if stopped_in is None:
            problems.append("The cluster did not stop cleanly.")
        else:
            self._print("Cluster", f"stopped in {stopped_in:.1f} s")
        if problems:
            self.stdout.flush()
            tail = "\n".join(f"  | {line}" for line in cluster.tail(40))
            raise CommandError("\n".join([*problems, f"The end of {os.path.relpath(self._log)}:", tail]))

    def _print_title(self, text: str) -> None:
        self.stdout.write("")
        self.stdout.write(self.style.MIGRATE_HEADING(text))

    def _print(self, name: str, text: str) -> None:
        self.stdout.write(f"{name:<9} {text}")
        self.stdout.flush()


def _explain_approvals(snapshot: RunSnapshot) -> dict[str, str]:
    """Return why each open step waits, by step, if the run waits for an approval."""
    if all(step.waiting_for != WaitingFor.APPROVAL for step in snapshot.steps):
        return {}
    return {step.step: step.summary for step in api.explain_run(snapshot.id).open}


def _find_problems(
    localhost: Localhost, digest: DemoRun, repeated: DemoRun, snapshots: Sequence[RunSnapshot]
) -> list[str]:
    """Return what differs from the expected result, each in a sentence."""
    problems = [
        f"Run {snapshot.id} of {snapshot.workflow} is {snapshot.status}, not completed."
        for snapshot in snapshots
        if snapshot.status is not RunStatus.COMPLETED
    ]
    if repeated.id != digest.id:
        problems.append("The same idempotency key started a second run.")
    accepted = [call for call in localhost.calls if call.status < 300]
    if len(accepted) != len({call.key for call in accepted}) or len(accepted) != _DIGESTS:
        problems.append(f"The webhook accepted {len(accepted)} digests, not {_DIGESTS}, each once.")
    if not any(snapshot.schedule for snapshot in snapshots):
        problems.append("The clock started no run.")
    return problems


def _find_unpaid(expenses: Sequence[DemoRun]) -> list[str]:
    """Return the expenses that were not paid exactly once, each in a sentence."""
    paid = {run.label: len(list_transfers(run)) for run in expenses}
    return [f"The bank paid {label} {times} times, not once." for label, times in paid.items() if times != 1]
