"""Settings of the site that the browser visits: those of the tests, a strict policy, and a shop as host."""

from __future__ import annotations

from tests.settings import *  # noqa: F403 - the same project, but for what follows
from tests.settings import INSTALLED_APPS as EVERYWHERE
from tests.settings import MIDDLEWARE as USUAL

INSTALLED_APPS = [*(name for name in EVERYWHERE if name != "tests.host"), "tests.acceptance.browser.shop"]
MIDDLEWARE = ["tests.acceptance.browser.policy.strict", *USUAL]
ROOT_URLCONF = "tests.acceptance.browser.urls"
