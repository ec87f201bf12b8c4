"""The console's own navigation: the pages that the asking user may open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Place:
    """One link. ``here`` marks the page that is open; ``count`` is shown beside the words."""

    label: str | Promise
    url: str
    here: bool
    count: str = ""


#: The address, what it is called, and the permission that it needs.
_PLACES: Final = (
    ("dashboard", _("Dashboard"), "squid_mesh.view_run"),
    ("run_changelist", _("Runs"), "squid_mesh.view_run"),
    ("inbox", _("Waiting for me"), ""),
    ("workflows", _("Workflows"), "squid_mesh.view_run"),
    ("trigger_changelist", _("Triggers"), "squid_mesh.view_trigger"),
)


def places(request: HttpRequest, counts: dict[str, str] | None = None) -> list[Place]:
    """The links for the asking user; a page that this admin site doesn't have is left out."""
    user: Any = request.user
    found = []
    for name, label, permission in _PLACES:
        if permission and not user.has_perm(permission):
            continue
        try:
            url = reverse(f"admin:squid_mesh_{name}", current_app=getattr(request, "current_app", None))
        except NoReverseMatch:
            continue
        found.append(Place(label, url, False, (counts or {}).get(name, "")))
    # The pages that are no model's stand below the list of runs.
    here = max((place.url for place in found if request.path.startswith(place.url)), key=len, default="")
    return [replace(place, here=place.url == here) for place in found]
