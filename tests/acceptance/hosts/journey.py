"""What a host project does with workflows, from ``migrate`` to ``prune``. Run it with the host's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from squid_mesh import api, conf  # noqa: E402
from squid_mesh.models import Run, Trigger  # noqa: E402
from tests.acceptance.hosts.forms import read_hidden_fields, read_links, read_text  # noqa: E402
from tests.acceptance.hosts.shop.models import Parcel  # noqa: E402
from tests.acceptance.hosts.shop.workflows import Shipping  # noqa: E402
from tests.acceptance.processes import Cluster, until  # noqa: E402

_MANAGE = (sys.executable, str(Path(__file__).parents[2] / "manage.py"))
_SECONDS = 30


def main() -> None:
    """Use every part of the package once. Raises AssertionError if a part doesn't work here."""
    setup_test_environment()
    migrate()
    ada, bea = create_person("ada"), create_person("bea")
    with running_cluster() as cluster:
        run = start_by_code(ada)
        other = start_by_form(ada)
        wait_for(run, "paused", cluster)
        wait_for(other, "paused", cluster)
        decide(run, bea)
        wait_for(run, "completed", cluster)
        reject_by_command(other, bea)
        wait_for(other, "completed", cluster)
        change_triggers(bea)
        visit_pages(bea, run)
        doctor()
    assert_nothing_ran_twice(run, other)
    delete_people(run, ada, bea)
    prune()


def migrate() -> None:
    """Create the tables, those of runs in their own database only, and check the project."""
    aliases = [alias for alias in settings.DATABASES if alias != "replica"]
    for alias in aliases:
        call_command("migrate", database=alias, verbosity=0)
    call_command("migrate", check=True, verbosity=0)
    Group.objects.using("default").create(name="Managers")  # a check asks for it
    call_command("check", fail_level="WARNING", databases=aliases, stdout=StringIO())
    for alias in aliases:
        tables = connections[alias].introspection.table_names()
        ours = [name for name in tables if name.startswith("squid_mesh_")]
        assert bool(ours) == (alias == conf.database()), (alias, ours)
        assert ("auth_group" in tables) == (alias == "default"), (alias, tables)


def create_person(name: str) -> Any:
    """Create a manager with every permission on runs."""
    users = get_user_model()
    fields = {users.USERNAME_FIELD: f"{name}@example.com"}
    person = users._default_manager.create_user(**fields, is_staff=True, is_superuser=True)
    person.groups.add(Group.objects.using("default").get(name="Managers"))
    return person


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Run a real cluster in the body. It ends in an orderly way, and its workers don't die."""
    log = Path(os.environ["SQUID_MESH_HOST_LEDGER"]).with_suffix(".log")
    cluster = Cluster(_MANAGE, os.environ, log)
    try:
        yield cluster
        assert cluster.stop() == 0, cluster.log
    finally:
        cluster.end()


def start(actor: Any, **more: Any) -> api.StartedRun:
    """Start the run that has the key "1"."""
    return api.start_run(Shipping, trigger="by_hand", idempotency_key="1", actor=actor, **more)


def start_by_code(actor: Any) -> UUID:
    """Start a run together with the host's own rows; a start that is rolled back leaves nothing."""
    using = conf.database()
    for fails in (True, False):
        with transaction.atomic(), transaction.atomic(using=using):
            parcel = Parcel.objects.using("default").create(label="books")
            run = start(actor, subject=parcel, tags=["books"])
            if fails:
                transaction.set_rollback(True)
                transaction.set_rollback(True, using=using)
    assert Run.objects.using(using).count() == Parcel.objects.using("default").count() == 1
    assert start(actor, subject=parcel, tags=["books"]).id == run.id
    return run.id


def client_of(person: Any) -> Client:
    """Return a browser in which the person is logged in; it checks the tokens of forms."""
    client = Client(raise_request_exception=True)
    client.force_login(person)
    return client


def address(name: str, *args: Any) -> str:
    """Return the address of a page of the admin."""
    return reverse(f"admin:squid_mesh_{name}", args=args)


def start_by_form(person: Any) -> UUID:
    """Start a run in the admin."""
    page = address("start", "shop.Shipping", "by_hand")
    client = client_of(person)
    shown = client.get(page)
    assert shown.status_code == 200, shown.status_code
    sent = client.post(page, {"payload-parcels": "2", **hidden_fields(shown)})
    assert sent.status_code == 302, read_text(sent.content.decode())
    return UUID(sent["Location"].rstrip("/").split("/")[-2])


def hidden_fields(response: Any) -> dict[str, str]:
    """Return what the page's form sends back unchanged."""
    return read_hidden_fields(response.content.decode())


def wait_for(run_id: UUID, status: str, cluster: Cluster) -> None:
    """Wait until the run has that status."""
    until(
        lambda: api.inspect_run(run_id).status == status,
        _SECONDS,
        f"run {run_id} is {status}",
        lambda: f"{api.explain_run(run_id).summary}\n{cluster.log}",
    )


def decide(run_id: UUID, person: Any) -> None:
    """Approve on the page to which the inbox leads; the starter can't."""
    starter = get_user_model()._default_manager.exclude(pk=person.pk).get()
    page = address("run_act", run_id, "decide_approval") + "?step=review"
    answers = {"visit": "1", "exit": "approved", "answer-price": "2000", "comment": "Fine."}
    assert client_of(starter).post(page, answers).status_code == 403
    client = client_of(person)
    inbox = client.get(address("inbox")).content.decode()
    assert str(run_id) in inbox
    shown = client.get(page)
    assert shown.status_code == 200, shown.status_code
    sent = client.post(page, {**hidden_fields(shown), **answers})
    assert sent.status_code == 302, read_text(sent.content.decode())
    assert client.post(page, answers).status_code != 302  # one vote for each person


def reject_by_command(run_id: UUID, person: Any) -> None:
    """Reject in the shell, as that user."""
    call_command("squid_mesh", "reject", str(run_id), "--actor", person.get_username(), stdout=StringIO())
    explained = StringIO()
    call_command("squid_mesh", "explain", str(run_id), "--actor", person.get_username(), stdout=explained)
    assert person.get_username() in explained.getvalue()


def change_triggers(person: Any) -> None:
    """Disable, change and fire the trigger in the admin."""
    client, using = client_of(person), conf.database()
    row = until(lambda: Trigger.objects.using(using).first(), _SECONDS, "the trigger is synchronised")
    listed = client.get(address("trigger_changelist") + "?workflow=shop.Shipping")
    assert listed.status_code == 200
    rows = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(row.pk), "_save": "Save"}
    assert client.post(address("trigger_changelist"), rows).status_code == 302
    assert not Trigger.objects.using(using).get().enabled
    page = address("trigger_change", row.pk)
    assert client.get(page).status_code == 200
    wanted = {"enabled": "on", "expression_override": "0 4 1 1 *", "timezone_override": ""}
    assert client.post(page, wanted).status_code == 302
    changed = Trigger.objects.using(using).get()
    assert (changed.enabled, changed.expression_override) == (True, "0 4 1 1 *")
    assert (changed.changed_by_key, changed.changed_by_text) == (str(person.pk), str(person))
    fire = address("trigger_fire", row.pk)
    assert client.get(fire).status_code == 200
    sent = client.post(fire, {"fire": "1", "reason": "A test."})
    assert sent.status_code == 302, read_text(sent.content.decode())
    api.cancel_run(Run.objects.using(using).get(trigger="yearly").pk, actor=person)


def visit_pages(person: Any, run_id: UUID) -> None:
    """Open every page, and follow the links of the pages to the console."""
    client = client_of(person)
    start = reverse("admin:index")
    pages, seen = [start, address("run_change", run_id), address("run_raw", run_id)], set()
    while pages:
        page = pages.pop()
        if page in seen:
            continue
        seen.add(page)
        response = client.get(page)
        assert response.status_code in (200, 302), (page, response.status_code)
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            links = read_links(response.content.decode(), page)
            pages += [link for link in links if link.startswith(f"{start}squid_mesh/") and "?" not in link]
    wanted = ("run_changelist", "inbox", "dashboard", "workflows", "trigger_changelist")
    assert {address(name) for name in wanted} <= seen
    assert len(seen) > 20, seen


def doctor() -> None:
    """Find no error."""
    found = [finding for finding in api.diagnose() if finding.severity is api.Severity.ERROR]
    assert not found, found


def assert_nothing_ran_twice(run_id: UUID, other: UUID) -> None:
    """Check the ledger of the steps, and the result."""
    ledger = Path(os.environ["SQUID_MESH_HOST_LEDGER"]).read_text().split()
    assert len(ledger) == len(set(ledger)), ledger
    assert sum(str(run_id) in key for key in ledger) == 2, ledger
    assert sum(str(other) in key for key in ledger) == 1, ledger
    assert api.inspect_run(run_id).step("ship").output == 1200 * 2000


def delete_people(run_id: UUID, *people: Any) -> None:
    """Delete the users who started and decided. The history keeps their names."""
    names = {str(person) for person in people}
    for person in people:
        person.delete()
    boss = create_person("cleo")
    shown = client_of(boss).get(address("run_change", run_id)).content.decode()
    assert all(name in shown for name in names)
    assert {event.actor for event in api.inspect_run(run_id, history=True).events} - {""} == names


def prune() -> None:
    """Delete all runs."""
    assert api.prune_runs(older_than=timedelta(0)).runs == 3
    assert not Run.objects.using(conf.database()).exists()


if __name__ == "__main__":
    main()
