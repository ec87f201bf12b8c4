"""``manage.py serve``: the admin in a browser, with a cluster at work and the demo's runs in it."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from digest.localhost import Localhost
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from demo.acts import Play
from demo.approvals import Desk, leave_open
from demo.cast import IRIS, LENA, MAREN, PAT, TOMAS, gather
from demo.cluster import Cluster
from demo.interruption import let_sigterm_interrupt
from demo.runs import start_digest, start_onboarding
from squid_mesh import api

HOST = "127.0.0.1"
USUAL_PORT = 8000
USERNAME = "demo"
#: Seconds that the cluster may take until everybody has been asked what they decide; it needs about three.
PATIENCE = 60
LOOK_EVERY = 0.1


class Command(BaseCommand):
    """Serve the example project until Ctrl-C or SIGTERM."""

    help = "Serves the admin, with a cluster and some runs; PORT in the environment chooses the port."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start everything, serve, and stop everything."""
        let_sigterm_interrupt()
        port = _port()
        log = settings.VAR_DIR / "serve-cluster.log"
        try:
            call_command("migrate", verbosity=0, interactive=False)
            users = gather()
            password = secrets.token_urlsafe(9)
            _give(password, [_superuser(), *users.values()])
            with Localhost() as localhost, Cluster(log) as cluster:
                desk = Desk(users)
                for run in [
                    start_digest(localhost, uuid4().hex[:8]),
                    *start_onboarding(),
                    *leave_open(desk),
                ]:
                    self.stdout.write(f"Started   {run.label:<8}  {run.id}  {run.story}")
                self.stdout.flush()
                _perform(desk.play, cluster)
                self.stdout.write(f"Cluster   log in {os.path.relpath(log)}")
                self.stdout.write(self.style.SUCCESS(f"Admin     http://{HOST}:{port}/admin/"))
                self.stdout.write(self.style.SUCCESS(f"Login     {USERNAME} / {password}   superuser"))
                for person in (MAREN, TOMAS, LENA, IRIS, PAT):
                    self.stdout.write(
                        self.style.SUCCESS(f"Login     {person.username} / {password}   {person.part}")
                    )
                self.stdout.flush()
                call_command("runserver", f"{HOST}:{port}", use_reloader=False)
        except KeyboardInterrupt:
            pass
        finally:
            self.stdout.write("Stopped.")


def _port() -> int:
    """PORT if it is set, else the usual one, else any that is free."""
    if chosen := os.environ.get("PORT"):
        if not chosen.isdecimal() or not 0 < int(chosen) < 65536:
            raise CommandError(f"PORT must be a number from 1 to 65535, not {chosen!r}.")
        return int(chosen)
    for port in (USUAL_PORT, 0):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((HOST, port))
            except OSError:
                continue
            return int(candidate.getsockname()[1])
    raise CommandError("No port is free.")


def _superuser() -> User:
    """The demo's superuser."""
    user, _ = User.objects.get_or_create(username=USERNAME)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def _give(password: str, users: Iterable[User]) -> None:
    """Give all of them a new password; the old one was printed once and is forgotten."""
    hashed = make_password(password)
    for user in users:
        user.password = hashed
        user.save(update_fields=["password"])


def _perform(play: Play, cluster: Cluster) -> None:
    """Let people do their part before anybody looks."""
    deadline = time.monotonic() + PATIENCE
    while not play.over:
        if not cluster.alive or time.monotonic() > deadline:
            raise CommandError("The cluster doesn't work; its log says why.")
        play.go_on(api.inspect_run(run) for run in play.runs)
        time.sleep(LOOK_EVERY)
