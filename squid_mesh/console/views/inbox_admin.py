"""The inbox in the admin's index: for whoever may do something there, permission to view runs or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from squid_mesh import api
from squid_mesh.actions import Action
from squid_mesh.console.base.pages import has_permission
from squid_mesh.console.base.read_only import ReadOnlyAdminMixin
from squid_mesh.models import Waiting

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Waiting]
else:
    Base = admin.ModelAdmin

#: What the inbox offers. Who has none of these may still be somebody whom a step asks.
_OFFERED: Final = (Action.DECIDE, Action.UNBLOCK, Action.RETRY, Action.SKIP, Action.RESOLVE)


def count_waiting(request: HttpRequest) -> api.WaitingCount:
    """How much waits for the asking user, counted once a page."""
    own: Any = request
    if not hasattr(own, "sqm_waiting"):
        own.sqm_waiting = api.count_waiting(own.user)
    found: api.WaitingCount = own.sqm_waiting
    return found


class WaitingAdmin(ReadOnlyAdminMixin, Base):
    """A link to the inbox. It has no pages of its own, and nobody needs a permission for it."""

    def has_view_permission(self, request: HttpRequest, obj: Waiting | None = None) -> bool:
        """Whoever has a permission for what the inbox offers, or for whom something waits there now."""
        if not self.admin_site.has_permission(request):
            return False
        return (
            any(has_permission(request, action.value) for action in _OFFERED)
            or count_waiting(request).number > 0
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same: for some it is all that they see of the app."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """The address that the index links to."""
        return [path("", self.admin_site.admin_view(self.go), name="squid_mesh_waiting_changelist")]

    def go(self, request: HttpRequest) -> HttpResponse:
        """To the inbox, which anybody of the staff may open."""
        return HttpResponseRedirect(reverse("admin:squid_mesh_inbox", current_app=self.admin_site.name))
