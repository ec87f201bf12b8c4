"""``manage.py serve``: the admin in a browser, with a cluster at work and the demo's runs in it."""

from __future__ import annotations

import os
import secrets
import socket
from typing import Any
from uuid import uuid4

from digest.localhost import Localhost
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from demo.cluster import Cluster
from demo.interruption import let_sigterm_interrupt
from demo.runs import start_digest, start_onboarding

HOST = "127.0.0.1"
USUAL_PORT = 8000
USERNAME = "demo"


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
            password = _fresh_password()
            with Localhost() as localhost, Cluster(log):
                for run in [start_digest(localhost, uuid4().hex[:8]), *start_onboarding()]:
                    self.stdout.write(f"Started   {run.label:<8}  {run.id}  {run.story}")
                self.stdout.write(f"Cluster   log in {os.path.relpath(log)}")
                self.stdout.write(self.style.SUCCESS(f"Admin     http://{HOST}:{port}/admin/"))
                self.stdout.write(self.style.SUCCESS(f"Login     {USERNAME} / {password}"))
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


def _fresh_password() -> str:
    """Give the demo's superuser a new password; the old one was printed once and is forgotten."""
    password = secrets.token_urlsafe(9)
    user, _ = get_user_model().objects.get_or_create(username=USERNAME)
    user.set_password(password)
    user.is_staff = user.is_superuser = True
    user.save()
    return password
