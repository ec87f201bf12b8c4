"""Take pictures of every page of the console, light and dark, into ``docs/screenshots``.

The site is ``manage.py serve`` of the example project on a database of its own, so that the runs are the same
each time; their ids and times are not. Needs a Chromium, like the browser tests.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURES: Final = ROOT / "docs" / "screenshots"
WIDTH: Final = 1280
#: A page that is longer is cut off.
HEIGHT: Final = 3600
#: Nobody waits for a picture that is larger than so many bytes.
LARGEST: Final = 200_000
#: Seconds until the worker that died is missed: its lease, and some.
LEASE: Final = 40


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, who looks at it, and what the file is called. ``{camera}`` is the id of that run."""

    name: str
    path: str
    who: str = "demo"
    then: Callable[[Page], None] | None = None


def cancel_what_waits(page: Page) -> None:
    """From the list to the page that asks before many runs are cancelled."""
    page.locator("#action-toggle").check()
    page.get_by_role("combobox", name="Action").select_option(label="Cancel selected runs")
    page.get_by_role("button", name="Go", exact=True).click()


def show_secrets(page: Page) -> None:
    """From a run's page to the same without masks."""
    page.locator("details.sqm-reveal summary").click()
    form = page.locator("form[action$='/reveal/']")
    form.get_by_label("Reason").fill("The bank asks which account it was.")
    form.get_by_role("button").click()


PAGES: Final = (
    Picture("dashboard", "squid_mesh/run/dashboard/"),
    Picture("runs", "squid_mesh/run/"),
    Picture("run-waiting", "squid_mesh/run/{camera}/change/"),
    Picture("run-failed", "squid_mesh/run/{books}/change/"),
    Picture("run-unknown", "squid_mesh/run/{stamps}/change/"),
    Picture("run-completed", "squid_mesh/run/{Corvid}/change/"),
    Picture("many", "squid_mesh/run/", then=cancel_what_waits),
    Picture("revealed", "squid_mesh/run/{books}/change/", then=show_secrets),
    Picture("resolve", "squid_mesh/run/{stamps}/act/resolve_step/?step=pay"),
    Picture("replay", "squid_mesh/run/{coffee}/act/replay_run/"),
    Picture("inbox", "squid_mesh/run/waiting/", "maren"),
    Picture("decide", "squid_mesh/run/{drone}/act/decide_approval/?step=manager_review", "maren"),
    Picture("denied", "squid_mesh/run/{drone}/change/", "pat"),
    Picture("workflows", "squid_mesh/run/workflows/"),
    Picture("workflow", "squid_mesh/run/workflows/expenses.ExpenseApproval/"),
    Picture("start", "squid_mesh/run/workflows/digest.PostDailyDigest/start/by_hand/"),
    Picture("triggers", "squid_mesh/trigger/"),
    Picture("trigger", "squid_mesh/trigger/1/change/"),
    Picture("fire", "squid_mesh/trigger/1/fire/"),
    Picture("history", "squid_mesh/auditevent/"),
    Picture("subject", "expenses/expense/4/change/"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the site is, the password that everybody has, and the runs by their labels."""

    url: str
    password: str
    runs: dict[str, str]


def main() -> int:
    """The exit code."""
    chromium = os.environ.get("SQUID_MESH_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        print(
            "No Chromium: apt-get install chromium, or name one in SQUID_MESH_TEST_CHROMIUM.", file=sys.stderr
        )
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium)
        for scheme in ("light", "dark"):
            take_all(browser, site, scheme)
        browser.close()
    too_large = [path.name for path in PICTURES.glob("*.png") if path.stat().st_size > LARGEST]
    if too_large:
        print(f"Larger than {LARGEST // 1000} kB: {', '.join(sorted(too_large))}", file=sys.stderr)
    return 1 if too_large else 0


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """The example project's site, with all its runs where they stay."""
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "example_project" / "manage.py"), "serve"],
            env=os.environ | {"NEWSDESK_VAR": str(folder / "var"), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        while "Quit the server" not in log.read_text():
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        told = log.read_text()
        print(f"Waiting {LEASE} s until the lost worker is missed")
        time.sleep(LEASE)
        yield Site(
            url=_found(r"^Admin +(\S+)$", told),
            password=_found(r"^Login +demo / (\S+)", told),
            runs=dict(re.findall(r"^Started +(\w+) +(\S{36})", told, re.MULTILINE)),
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def take_all(browser: Browser, site: Site, scheme: str) -> None:
    """Every page in that colour scheme."""
    for who in dict.fromkeys(picture.who for picture in PAGES):
        context = browser.new_context(
            viewport={"width": WIDTH, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        log_in(page, site, who)
        for picture in PAGES:
            if picture.who == who:
                page.goto(site.url + picture.path.format(**site.runs))
                if picture.then is not None:
                    picture.then(page)
                take(page, PICTURES / f"{picture.name}-{scheme}.png")
        context.close()


def log_in(page: Page, site: Site, who: str) -> None:
    """Through the login form."""
    page.goto(f"{site.url}login/?next=/admin/")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()


def take(page: Page, path: Path) -> None:
    """The page, from its top."""
    page.wait_for_load_state("networkidle")
    height = min(HEIGHT, int(page.evaluate("document.documentElement.scrollHeight")))
    path.write_bytes(
        packed(page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": height}, full_page=True))
    )
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")


def packed(png: bytes) -> bytes:
    """The same picture in so few colours as pages have, a third of the size."""
    kept = io.BytesIO()
    full = Image.open(io.BytesIO(png)).convert("RGB")
    few = full.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise SystemExit(text)
    return match[1]


if __name__ == "__main__":
    sys.exit(main())
