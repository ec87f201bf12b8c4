"""``manage.py serve``: the admin in a browser, with a running cluster and the demo's runs."""

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

from demo.cluster import Cluster
from demo.decisions import Script
from demo.expense_runs import ExpenseDesk, submit_for_serve
from demo.people import IRIS, LENA, MAREN, PAT, TOMAS, create_users
from demo.runs import start_digest, start_onboarding
from demo.signals import interrupt_on_sigterm
from squid_mesh import api

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
USERNAME = "demo"
#: The seconds until all approvals must be reached. It takes about three.
TIMEOUT = 60
POLL_INTERVAL = 0.1


class Command(BaseCommand):
    """Serve the example project until Ctrl-C or SIGTERM."""

    help = "Serve the admin, with a cluster and some runs. The environment variable PORT sets the port."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start everything, serve, and stop everything."""
        interrupt_on_sigterm()
        port = _choose_port()
        log = settings.DATA_DIR / "serve-cluster.log"
        try:
            call_command("migrate", verbosity=0, interactive=False)
            users = create_users()
            password = secrets.token_urlsafe(9)
            _set_password(password, [_create_superuser(), *users.values()])
            with Localhost() as localhost, Cluster(log) as cluster:
                desk = ExpenseDesk(users)
                for run in [
                    start_digest(localhost, uuid4().hex[:8]),
                    *start_onboarding(),
                    *submit_for_serve(desk),
                ]:
                    self.stdout.write(f"Started   {run.label:<8}  {run.id}  {run.summary}")
                self.stdout.flush()
                _perform(desk.script, cluster)
                self.stdout.write(f"Cluster   log in {os.path.relpath(log)}")
                self.stdout.write(self.style.SUCCESS(f"Admin     http://{HOST}:{port}/admin/"))
                self.stdout.write(self.style.SUCCESS(f"REST      http://{HOST}:{port}/api/docs/"))
                self.stdout.write(self.style.SUCCESS(f"Login     {USERNAME} / {password}   superuser"))
                for person in (MAREN, TOMAS, LENA, IRIS, PAT):
                    self.stdout.write(
                        self.style.SUCCESS(f"Login     {person.username} / {password}   {person.role}")
                    )
                self.stdout.flush()
                call_command("runserver", f"{HOST}:{port}", use_reloader=False)
        except KeyboardInterrupt:
            pass
        finally:
            self.stdout.write("Stopped.")


def _choose_port() -> int:
    """Return PORT if it is set, else the default port, else a free one."""
    if chosen := os.environ.get("PORT"):
        if not chosen.isdecimal() or not 0 < int(chosen) < 65536:
            raise CommandError(f"PORT must be a number from 1 to 65535, not {chosen!r}.")
        return int(chosen)
    for port in (DEFAULT_PORT, 0):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((HOST, port))
            except OSError:
                continue
            return int(candidate.getsockname()[1])
    raise CommandError("No port is free.")


def _create_superuser() -> User:
    user, _ = User.objects.get_or_create(username=USERNAME)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def _set_password(password: str, users: Iterable[User]) -> None:
    """Set everyone's password to the one that is printed."""
    hashed = make_password(password)
    for user in users:
        user.password = hashed
        user.save(update_fields=["password"])


def _perform(script: Script, cluster: Cluster) -> None:
    """Perform the script before the admin is served."""
    deadline = time.monotonic() + TIMEOUT
    while not script.finished:
        if not cluster.alive or time.monotonic() > deadline:
            raise CommandError("The cluster doesn't work; see its log.")
        script.perform(api.inspect_run(run) for run in script.runs)
        time.sleep(POLL_INTERVAL)
