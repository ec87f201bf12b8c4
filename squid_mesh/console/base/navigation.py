"""The links between the console's pages: those that the user may open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page. ``current`` marks the page that is open; ``count`` is shown after the label."""

    label: str | Promise
    url: str
    current: bool
    count: str = ""


def find_url(site: str | None, name: str, *arguments: Any) -> str:
    """Return the address of that page of the admin site; empty if the site doesn't have it.

    A project may register only some of the model admins on a site of its own.
    """
    try:
        return reverse(f"admin:squid_mesh_{name}", args=arguments, current_app=site)
    except NoReverseMatch:
        return ""


#: The URL's name, the label, and the permission that the page needs.
_PAGES: Final = (
    ("dashboard", _("Dashboard"), "squid_mesh.view_run"),
    ("run_changelist", _("Runs"), "squid_mesh.view_run"),
    ("inbox", _("Waiting for me"), ""),
    ("workflows", _("Workflows"), "squid_mesh.view_run"),
    ("trigger_changelist", _("Triggers"), "squid_mesh.view_trigger"),
)


def list_links(request: HttpRequest, counts: Mapping[str, str] | None = None) -> list[Link]:
    """Return the links for the user, without the pages that this admin site doesn't have.

    ``counts`` are texts by URL name.
    """
    user: Any = request.user
    links = []
    for name, label, permission in _PAGES:
        if permission and not user.has_perm(permission):
            continue
        url = find_url(getattr(request, "current_app", None), name)
        if url:
            links.append(Link(label, url, False, (counts or {}).get(name, "")))
    # The addresses of most pages begin with that of the run list: the longest match is the current page.
    matches = (link.url for link in links if request.path.startswith(link.url))
    current = max(matches, key=len, default="")
    return [replace(link, current=link.url == current) for link in links]
