"""A visitor: a browser window that records every error of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, BrowserContext, Page, Response, expect

#: A phone held upright.
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.violatedDirective} ${event.blockedURI} on ${document.location.pathname}`));
"""
_AXE = Axe()
#: Without this, axe copies style sheets into the page, which the policy forbids.
_AS_IT_IS = {"preload": False, "resultTypes": ["violations"]}


class Visitor:
    """A user of the site. ``page`` is the browser's window; ``complaints`` are the browser's errors."""

    def __init__(self, context: BrowserContext, url: str, *, scripts: bool) -> None:
        self.complaints: list[str] = []
        self.url = url
        self._scripts = scripts
        context.expose_binding("reportViolation", lambda _, text: self.complaints.append(f"policy: {text}"))
        context.add_init_script(_REPORT_VIOLATIONS)
        context.set_default_timeout(10_000)
        self.context = context
        self.page = context.new_page()
        self._refusals: set[str] = set()
        self.page.on("response", self._answered)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _said(self, message: Any) -> None:
        """Record an error of the browser, unless it is a rejection by status, which stories expect."""
        refused = message.text.startswith("Failed to load") and message.location["url"] in self._refusals
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(f"console: {message.text} ({self.page.url})")

    def _answered(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.status in (403, 409, 422):
            self._refusals.add(response.url)

    def log_in(self, username: str, password: str) -> Page:
        """Log in with the login form."""
        self.page.goto(f"{self.url}login/?next=/admin/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        return self.page

    def go(self, path: str) -> Page:
        """To an address below the admin."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def follow(self, link: str, *, within: str) -> Page:
        """A link of that name in the navigation of that name."""
        self.page.get_by_role("navigation", name=within).get_by_role("link", name=link).click()
        return self.page

    def post(self, path: str, fields: Mapping[str, str]) -> APIResponse:
        """Post a form without using the page's buttons, with a valid CSRF token."""
        token = next(one["value"] for one in self.context.cookies() if one["name"] == "csrftoken")
        return self.context.request.post(
            f"{self.url}{path}",
            form={"csrfmiddlewaretoken": token, **fields},
            max_redirects=0,
        )

    def arrives(self, heading: str) -> Page:
        """Wait for the page with that heading, and check it."""
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        self.page.wait_for_load_state()
        self.check_page()
        return self.page

    def check_page(self) -> None:
        """Assert that the current page has no faults."""
        faults = self.faults()
        assert not faults, "\n".join(faults)

    def faults(self) -> list[str]:
        """Return what axe finds on the page in light and dark mode, and whether it is too wide for a phone.

        Axe is a script: it is skipped if the browser runs none.
        """
        found: list[str] = []
        if self._scripts:
            self.page.evaluate(_STOP_TIMERS)
        for scheme in ("light", "dark") if self._scripts else ():
            self.page.emulate_media(color_scheme=scheme)
            self.page.evaluate(_COLOURS_HAVE_CHANGED)
            found += [f"{scheme}: {fault}" for fault in findings(self.page)]
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(NARROW)
        if too_wide := self.page.evaluate(_TOO_WIDE):
            found.append(f"at {NARROW['width']} px the page is {too_wide} px wide")
        self.page.set_viewport_size(WIDE)
        return [f"{self.page.url} {fault}" for fault in found]


#: Stop the timer that reloads the page: axe needs it as it is.
_STOP_TIMERS = "() => { for (let timer = setTimeout(() => {}); timer; timer--) clearInterval(timer); }"
_COLOURS_HAVE_CHANGED = """() =>
  Promise.all(document.getAnimations().map((animation) => animation.finished))"""
_TOO_WIDE = """() => {
  const wide = document.documentElement.scrollWidth;
  return wide > document.documentElement.clientWidth ? wide : 0;
}"""


def findings(page: Page) -> list[str]:
    """Return what axe-core finds on the page, a line for each element."""
    answer = _AXE.run(page, options=_AS_IT_IS).response
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]
