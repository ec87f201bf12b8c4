"""Take a screenshot of every page of the console, in light and dark mode, into ``docs/screenshots``.

The site is ``manage.py serve`` of the example project on a database of its own. Its runs are the same each
time, except for their IDs and times. Needs Chromium, like the browser tests.
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
#: The end of a longer page is cut off.
HEIGHT: Final = 3600
#: The largest file, in bytes: larger ones load too slowly.
MAX_BYTES: Final = 200_000
#: Seconds until the dead worker's step is taken back: its lease, and a few more.
LEASE: Final = 40


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, the user who opens it, and the name of the file. ``{camera}`` is the ID of that run.

    ``prepare`` goes on from the page to the one in the picture.
    """

    name: str
    path: str
    user: str = "demo"
    prepare: Callable[[Page], None] | None = None


def open_bulk_cancel(page: Page) -> None:
    """From the run list, open the page that confirms the cancellation of the selected runs."""
    page.locator("#action-toggle").check()
    page.get_by_role("combobox", name="Action").select_option(label="Cancel selected runs")
    page.get_by_role("button", name="Go", exact=True).click()


def reveal_secrets(page: Page) -> None:
    """From the page of a run, open the page with its secrets."""
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
    Picture("many", "squid_mesh/run/", prepare=open_bulk_cancel),
    Picture("revealed", "squid_mesh/run/{books}/change/", prepare=reveal_secrets),
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
    """The URL of the site, the password of every user, and the IDs of the runs by name."""

    url: str
    password: str
    runs: dict[str, str]


def main() -> int:
    """Take all screenshots. Returns the exit code."""
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
    too_large = [path.name for path in PICTURES.glob("*.png") if path.stat().st_size > MAX_BYTES]
    if too_large:
        print(f"Larger than {MAX_BYTES // 1000} kB: {', '.join(sorted(too_large))}", file=sys.stderr)
    return 1 if too_large else 0


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Run the example project's site until its runs have reached their final states."""
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "example_project" / "manage.py"), "serve"],
            env=os.environ | {"EXAMPLE_DATA_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        while "Quit the server" not in log.read_text():
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        output_text = log.read_text()
        print(f"Waiting {LEASE} s until the dead worker's step is taken back")
        time.sleep(LEASE)
        yield Site(
            url=_search(r"^Admin +(\S+)$", output_text),
            password=_search(r"^Login +demo / (\S+)", output_text),
            runs=dict(re.findall(r"^Started +(\w+) +(\S{36})", output_text, re.MULTILINE)),
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def take_all(browser: Browser, site: Site, scheme: str) -> None:
    """Take a screenshot of every page in that colour scheme."""
    for user in dict.fromkeys(picture.user for picture in PAGES):
        context = browser.new_context(
            viewport={"width": WIDTH, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        log_in(page, site, user)
        for picture in PAGES:
            if picture.user == user:
                page.goto(site.url + picture.path.format(**site.runs))
                if picture.prepare is not None:
                    picture.prepare(page)
                take(page, PICTURES / f"{picture.name}-{scheme}.png")
        context.close()


def log_in(page: Page, site: Site, user: str) -> None:
    """Log in with the login form."""
    page.goto(f"{site.url}login/?next=/admin/")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()


def take(page: Page, path: Path) -> None:
    """Take a screenshot of the page, from its top."""
    page.wait_for_load_state("networkidle")
    height = min(HEIGHT, int(page.evaluate("document.documentElement.scrollHeight")))
    path.write_bytes(
        compress(page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": height}, full_page=True))
    )
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")


def compress(png: bytes) -> bytes:
    """Return the picture with 255 colours, a third of the size."""
    kept = io.BytesIO()
    full = Image.open(io.BytesIO(png)).convert("RGB")
    few = full.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _search(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise SystemExit(text)
    return match[1]


if __name__ == "__main__":
    sys.exit(main())
