"""A process with a database of its own, filled to a size, that fetches pages and says how long each took."""

import multiprocessing
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import django
import psycopg
from django.core.management import call_command

from benchmarks.pages.filling import SHARES, add_attempts, fill
from benchmarks.pages.settings_name import DATABASE_VARIABLE, SETTINGS

ANSWER_SECONDS = 900.0
FEW, MANY = 10, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One page, fetched once."""

    milliseconds: float
    queries: int
    kilobytes: float


class Site:
    """A site with that many runs, until the block ends."""

    def __init__(self, database: str, runs: int) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_serve, args=(database, runs, theirs), daemon=True)
        self.pages: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self._process.start()
        self.pages = self._answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.join()

    def fetch(self, page: str) -> Fetched:
        """Fetch one of ``pages``."""
        self._pipe.send(page)
        fetched = self._answer()
        assert isinstance(fetched, Fetched)
        return fetched

    def _answer(self) -> Any:
        if not self._pipe.poll(ANSWER_SECONDS):
            raise TimeoutError(f"no answer in {ANSWER_SECONDS:.0f} s")
        return self._pipe.recv()


def _serve(database: str, runs: int, pipe: Connection) -> None:
    """Run in the child: fill, then fetch what is asked for."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": SETTINGS, DATABASE_VARIABLE: database}
    warnings.simplefilter("ignore")
    django.setup()
    call_command("migrate", verbosity=0)
    with psycopg.connect(database, autocommit=True) as store:
        urls = _urls(_filled(store, runs))
    client = _client()
    pipe.send(tuple(urls))
    while True:
        pipe.send(_fetch(client, urls[pipe.recv()]))


def _filled(store: psycopg.Connection, runs: int) -> Mapping[str, UUID]:
    """The site's tables, filled; the ids of one run of each kind."""
    api = import_module("squid_mesh.api")
    workflows = import_module("benchmarks.pages.workflows")
    names = ("Order", *SHARES)
    tags = {name: ["all", f"kind:{name}"] for name in names}
    patterns = {name: api.start_run(getattr(workflows, name), tags=tags[name]).id for name in names}
    few, many = (api.start_run(workflows.StubbornOrder).id for _ in range(2))
    short, long = (api.start_run(one).id for one in (workflows.SHORT_CHAIN, workflows.LONG_CHAIN))
    while api.execute_due(60):
        pass
    fill(store, patterns, runs)
    models = import_module("squid_mesh.models")
    for run, attempts in ((few, FEW), (many, MANY)):
        attempt = models.Attempt.objects.get(step__run_id=run, step__name="send")
        add_attempts(store, attempt.pk, attempts)
    return {"few": few, "many": many, "short": short, "long": long}


def _urls(runs: Mapping[str, UUID]) -> Mapping[str, str]:
    reverse = import_module("django.urls").reverse
    listed = reverse("admin:squid_mesh_run_changelist")
    return {
        "list": listed,
        "list, second page": f"{listed}?p=2",
        "list, failed": f"{listed}?status=failed",
        "list, one workflow": f"{listed}?workflow=benchmarked_pages.RefusedOrder",
        "list, common tag": f"{listed}?tag=all",
        "list, rare tag": f"{listed}?tag=kind:StubbornOrder",
        "list, two tags": f"{listed}?tag=all,kind:StubbornOrder",
        "list, tag and status": f"{listed}?tag=all&status=failed",
        "inbox": reverse("admin:squid_mesh_inbox"),
        "dashboard": reverse("admin:squid_mesh_dashboard"),
        "workflows": reverse("admin:squid_mesh_workflows"),
        "run, 10 attempts": _run_url(runs["few"]),
        "run, 20,000 attempts": _run_url(runs["many"]),
        "raw, 10 attempts": _run_url(runs["few"], "raw"),
        "raw, 20,000 attempts": _run_url(runs["many"], "raw"),
        "run, 20 steps": _run_url(runs["short"]),
        "run, 2,000 steps": _run_url(runs["long"]),
        "raw, 2,000 steps": _run_url(runs["long"], "raw"),
        "graph, 2,000 steps": _run_url(runs["long"], "graph"),
    }


def _run_url(run: UUID, page: str = "change") -> str:
    return str(import_module("django.urls").reverse(f"admin:squid_mesh_run_{page}", args=[run]))


def _client() -> Any:
    """Return the client of a user who may view everything and is in one of the two groups."""
    auth = import_module("django.contrib.auth.models")
    workflows = import_module("benchmarks.pages.workflows")
    user = auth.User.objects.create_user("operator", is_staff=True)
    user.groups.add(auth.Group.objects.create(name=workflows.WAREHOUSE))
    user.user_permissions.set(auth.Permission.objects.filter(content_type__app_label="squid_mesh"))
    client = import_module("django.test").Client()
    client.force_login(user)
    return client


def _fetch(client: Any, url: str) -> Fetched:
    connection = import_module("django.db").connection
    captured = import_module("django.test.utils").CaptureQueriesContext(connection)
    with captured:
        client.get(url)
    queries = len(captured)
    if os.environ.get("BENCH_PAGES_SQL"):
        for query in captured.captured_queries:
            print(query["time"], query["sql"][:300])
    began = time.perf_counter()
    response = client.get(url)
    seconds = time.perf_counter() - began
    if response.status_code != 200:
        raise AssertionError(f"{url} answered {response.status_code}")
    return Fetched(milliseconds=1000 * seconds, queries=queries, kilobytes=len(response.content) / 1000)
