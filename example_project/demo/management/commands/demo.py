"""``manage.py demo``: three workflows through a real cluster, by hand and by the clock; in seconds."""

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
from demo.acts import Play
from demo.approvals import Desk, book_of, tell_all
from demo.cast import gather
from demo.cluster import Cluster
from demo.follow import Follower, message_of
from demo.interruption import let_sigterm_interrupt
from demo.nine import LEAD, NextDigest
from demo.runs import DemoRun, start_digest, start_onboarding
from squid_mesh import api
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus, WaitingFor

#: Seconds that the runs may take together; they need about five.
PATIENCE = 60
LOOK_EVERY = 0.1
DEMO_DATABASE = "demo.sqlite3"
#: One by hand, one by the clock.
_DIGESTS = 2


class Command(BaseCommand):
    """Run a daily digest, onboard three customers and pay three expenses, for real."""

    help = "Runs the three workflows in a real cluster, prints what happens, and stops."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, run, report, and leave nothing running."""
        let_sigterm_interrupt()
        logging.getLogger("squid_mesh").setLevel(logging.WARNING)  # the table tells what people do here
        self._log = settings.VAR_DIR / "demo-cluster.log"
        try:
            self._prepare_database()
            edition = uuid4().hex[:8]
            nine = NextDigest.foreseen()
            with (
                Localhost() as localhost,
                Cluster(self._log, nine.environment(localhost, edition)) as cluster,
            ):
                self._demonstrate(localhost, cluster, edition, nine)
        except KeyboardInterrupt:
            self.stderr.write("Interrupted. The cluster is stopped.")
            sys.exit(130)

    def _prepare_database(self) -> None:
        """Migrate; the demo's own SQLite file is made anew, any other database is taken as it is."""
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" and Path(name) == settings.VAR_DIR / DEMO_DATABASE:
            connection.close()  # whoever has looked into the old file would go on in it
            for leftover in settings.VAR_DIR.glob(f"{DEMO_DATABASE}*"):
                leftover.unlink()
        if connection.vendor == "sqlite":
            name = os.path.relpath(name)
        self._fact("Database", f"{connection.vendor}, {name}")
        call_command("migrate", verbosity=0, interactive=False)

    def _demonstrate(self, localhost: Localhost, cluster: Cluster, edition: str, nine: NextDigest) -> None:
        self._fact("Outside", f"{localhost.url}: a feed, and a webhook that answers 503, then 429, then 204")
        workers = settings.Q_CLUSTER["workers"]
        log = os.path.relpath(self._log)
        self._fact("Cluster", f"qcluster, process {cluster.pid}, {workers} workers, log in {log}")
        self._fact(
            "Clock",
            f"set to {LEAD.seconds} s before {nine.window:%A, %d %B %Y, %H:%M %Z}, for the cron trigger",
        )

        digest = start_digest(localhost, edition)
        desk = Desk(gather())
        expenses = tell_all(desk)
        runs = [digest, *start_onboarding(), *expenses]
        again = start_digest(localhost, edition)
        for run in runs:
            self._fact(run.label, f"{run.id}  {run.story}")

        snapshots = self._follow(runs, cluster, nine, desk.play)
        self._summarise(runs, snapshots)
        self._tell_history(expenses[0], snapshots)
        self._tell_bank(expenses)
        self._tell_webhook(localhost)
        if again.id == digest.id:
            self._fact("Digest", "asked for twice with one idempotency key: one run")
        problems = _problems(localhost, digest, again, snapshots) + _unpaid(expenses)
        self._stop(cluster, problems)

    def _follow(
        self, runs: list[DemoRun], cluster: Cluster, nine: NextDigest, play: Play
    ) -> list[RunSnapshot]:
        """Print every attempt and decision once it is there, until all runs are over or patience is.

        The run that the clock starts joins the others when it is there. People act when they are asked.
        """
        self._title(table.HEAD)
        followers: defaultdict[UUID, Follower] = defaultdict(Follower)
        clocked: DemoRun | None = None
        deadline = time.monotonic() + PATIENCE
        zero: datetime | None = None
        while True:
            alive = cluster.alive
            if clocked is None and (clocked := nine.run()) is not None:
                runs.append(clocked)
            snapshots = [api.inspect_run(run.id, history=True) for run in runs]
            zero = zero or min(snapshot.created_at for snapshot in snapshots)
            news = [
                (moment, run.label)
                for run, snapshot in zip(runs, snapshots, strict=True)
                for moment in followers[run.id].news(snapshot, _why(snapshot))
            ]
            for moment, label in sorted(news, key=lambda each: each[0].at):
                self.stdout.write(table.moment_line(moment, label, zero, self.style))
            self.stdout.flush()
            play.go_on(snapshots)  # as they were told: nobody acts on what hasn't been read yet
            over = clocked is not None and all(snapshot.status in FINISHED_RUN for snapshot in snapshots)
            if over or not alive or time.monotonic() > deadline:
                return snapshots
            time.sleep(LOOK_EVERY)

    def _summarise(self, runs: Sequence[DemoRun], snapshots: Sequence[RunSnapshot]) -> None:
        self._title(table.SUMMARY_HEAD)
        for run, snapshot in zip(runs, snapshots, strict=True):
            self.stdout.write(table.summary_line(run.label, snapshot, self.style))
            if snapshot.status is not RunStatus.COMPLETED:
                self._explain(snapshot)

    def _explain(self, snapshot: RunSnapshot) -> None:
        """What stands in the way of a run that did not complete."""
        if snapshot.error:
            self.stdout.write(self.style.ERROR(f"  {message_of(snapshot.error)}"))
        for step in snapshot.steps:
            if step.finished_at is None or step.error:
                waits = f" for {step.waiting_for} until {step.due_at}" if step.waiting_for else ""
                error = message_of(step.error)
                self.stdout.write(f"  {step.name}: {step.status}{waits}{', ' if error else ''}{error}")

    def _tell_history(self, run: DemoRun, snapshots: Sequence[RunSnapshot]) -> None:
        """Everything that people and the engine have decided about one run."""
        self._title(f"The history of {run.label}")
        snapshot = next(each for each in snapshots if each.id == run.id)
        for event in snapshot.events:
            self.stdout.write(table.event_line(event, snapshot.created_at))

    def _tell_bank(self, expenses: Sequence[DemoRun]) -> None:
        """What was paid, once each."""
        self._title("The bank")
        for run in expenses:
            for transfer in book_of(run):
                self.stdout.write(f"{run.label:<8}  {transfer}, reference {transfer.reference}")

    def _tell_webhook(self, localhost: Localhost) -> None:
        calls, messages = localhost.calls, localhost.messages
        sent = SentItem.objects.filter(feed_url__startswith=localhost.url).count()
        self._title("The webhook")
        for key in dict.fromkeys(call.key for call in calls):
            answers = ", ".join(str(call.status) for call in calls if call.key == key)
            self.stdout.write(f"Idempotency key {key}: answered {answers}.")
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
            problems.append("The cluster did not stop in order.")
        else:
            self._fact("Cluster", f"stopped in {stopped_in:.1f} s")
        if problems:
            self.stdout.flush()
            tail = "\n".join(f"  | {line}" for line in cluster.tail(40))
            raise CommandError("\n".join([*problems, f"The end of {os.path.relpath(self._log)}:", tail]))

    def _title(self, text: str) -> None:
        self.stdout.write("")
        self.stdout.write(self.style.MIGRATE_HEADING(text))

    def _fact(self, name: str, text: str) -> None:
        self.stdout.write(f"{name:<9} {text}")
        self.stdout.flush()


def _why(snapshot: RunSnapshot) -> dict[str, str]:
    """Of each open step of a run that asks people: why it is where it is."""
    if all(step.waiting_for != WaitingFor.APPROVAL for step in snapshot.steps):
        return {}
    return {step.step: step.summary for step in api.explain_run(snapshot.id).open}


def _problems(
    localhost: Localhost, digest: DemoRun, again: DemoRun, snapshots: Sequence[RunSnapshot]
) -> list[str]:
    """All that isn't as it must be, each in a sentence."""
    problems = [
        f"Run {snapshot.id} of {snapshot.workflow} is {snapshot.status}, not completed."
        for snapshot in snapshots
        if snapshot.status is not RunStatus.COMPLETED
    ]
    if again.id != digest.id:
        problems.append("The same idempotency key started a second run.")
    taken = [call for call in localhost.calls if call.status < 300]
    if len(taken) != len({call.key for call in taken}) or len(taken) != _DIGESTS:
        problems.append(f"The webhook took {len(taken)} digests, not {_DIGESTS}, each once.")
    if not any(snapshot.schedule for snapshot in snapshots):
        problems.append("The clock started no run.")
    return problems


def _unpaid(expenses: Sequence[DemoRun]) -> list[str]:
    """All expenses that weren't paid exactly once, each in a sentence."""
    paid = {run.label: len(book_of(run)) for run in expenses}
    return [
        f"The bank has paid {label} {times} times, not once." for label, times in paid.items() if times != 1
    ]
