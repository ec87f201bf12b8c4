"""The browser's fixtures: Chromium, the site, a cluster, people with passwords, and visitors."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, Permission, User
from playwright.sync_api import Browser, sync_playwright

from squid_mesh import api
from squid_mesh.definitions import registry

with registry.isolate():  # the shop is installed in the site's processes; here only its stories know it
    from tests.acceptance.browser.shop.workflows import Leave, Parcel, Refund
from tests.acceptance.browser.site import Site
from tests.acceptance.browser.visit import WIDE, Visitor
from tests.acceptance.processes import Cluster, until

PASSWORD = "open sesame"
Visit = Callable[..., Visitor]


def _chromium() -> str:
    """Return the path of Chromium. Without one the stories are skipped; in CI they fail."""
    named = os.environ.get("SQUID_MESH_TEST_CHROMIUM")
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    for candidate in candidates:
        if path := shutil.which(candidate):
            return path
    message = (
        f"No browser: {', '.join(candidates)} not found. Install one (apt-get install chromium), or name "
    )
    message += "it in SQUID_MESH_TEST_CHROMIUM."
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="package", autouse=True)
def shop() -> Iterator[None]:
    """Register the shop's workflows for its stories."""
    with registry.isolate():
        for workflow in (Leave, Parcel, Refund):
            registry.register(workflow)
        yield


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return one Chromium for all stories. Playwright runs an event loop: Django must not check for one."""
    path = _chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@pytest.fixture
def site_environment(browser: Browser, process_environment: dict[str, str]) -> dict[str, str]:
    """Return the environment of the site's processes."""
    return process_environment | {
        "DJANGO_SETTINGS_MODULE": "tests.acceptance.browser.site_settings",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def site(manage_command: tuple[str, ...], site_environment: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """Return the site, on the test's database."""
    site = Site(manage_command, site_environment, tmp_path / "site.log")
    yield site
    site.end()


@pytest.fixture
def cluster(
    manage_command: tuple[str, ...], site_environment: dict[str, str], tmp_path: Path
) -> Iterator[Cluster]:
    """Return a cluster that executes the site's workflows."""
    cluster = Cluster(manage_command, site_environment, tmp_path / "cluster.log")
    yield cluster
    cluster.end()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Return a function that logs a user in, with a browser of its own; in the end no browser has errors."""
    visitors: list[Visitor] = []

    def log_in(user: User, *, scripts: bool = True) -> Visitor:
        context = browser.new_context(viewport=WIDE, java_script_enabled=scripts, reduced_motion="reduce")
        visitor = Visitor(context, site.url, scripts=scripts)
        visitors.append(visitor)
        visitor.log_in(user.get_username(), PASSWORD)
        return visitor

    yield log_in
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert not complaints, "\n".join([*complaints, site.log[-4000:]])


def settled(run: UUID, status: str, cluster: Cluster) -> api.RunSnapshot:
    """Wait until the run has that status, and return it."""
    until(lambda: api.inspect_run(run).status == status, 30, f"the run is {status}", lambda: cluster.log)
    return api.inspect_run(run, history=True)


def person(username: str, *permissions: str, group: str = "") -> User:
    """Return a user who may open the admin, view runs, and has those permissions of squid_mesh."""
    user = User.objects.create_user(username, password=PASSWORD, is_staff=True)
    for codename in ("view_run", *permissions):
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label="squid_mesh", codename=codename)
        )
    if group:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user
