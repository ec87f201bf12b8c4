"""A person with a browser, as far as Django's admin needs one: cookies, links and forms."""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import urljoin

import requests

_SECONDS: Final = 30


class Visitor:
    """Opens pages of a site, presses links and submits forms."""

    def __init__(self, site: str) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._address = site
        self.page = ""

    def open(self, address: str) -> None:
        """Open an address of the site; the page has status 200."""
        self._show(self._session.get(urljoin(self._address, address), timeout=_SECONDS))

    def press_link(self, text: str) -> None:
        """Follow the first link of the page that contains the text."""
        for address, shown in re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.page, re.DOTALL):
            if text in " ".join(re.sub(r"<[^>]+>", " ", shown).split()):
                self.open(html.unescape(address))
                return
        raise AssertionError(f"{self._address} has no link {text!r}:\n{self.text()}")

    def submit(self, button: str, **fields: str) -> None:
        """Fill in the page's form with that button and press it."""
        for form in re.findall(r"<form\b.*?</form>", self.page, re.DOTALL):
            pressed = re.search(
                rf'<(?:button|input)\b([^>]*value="{button}"[^>]*>|[^>]*>{button}</button>)', form
            )
            if pressed:
                hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
                own = re.search(r'name="([^"]+)" value="([^"]*)"', pressed[0])
                data = {**dict(hidden), **fields, **({own[1]: own[2]} if own else {})}
                headers = {"Referer": self._address}
                self._show(self._session.post(self._address, data, headers=headers, timeout=_SECONDS))
                return
        raise AssertionError(f"{self._address} has no button {button!r}:\n{self.text()}")

    def text(self) -> str:
        """Return the text of the page's content."""
        content = self.page[max(self.page.find('id="content"'), 0) :]
        return " ".join(html.unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", content)).split())

    def _show(self, response: requests.Response) -> None:
        assert response.status_code == 200, f"{response.url}: {response.status_code}\n{response.text}"
        self._address, self.page = response.url, response.text
