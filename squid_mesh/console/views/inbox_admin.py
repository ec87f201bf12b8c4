"""The inbox's entry in the admin's index, for users who may do something there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from squid_mesh import api
from squid_mesh.actions import SPECS
from squid_mesh.console.base.navigation import find_url
from squid_mesh.console.base.pages import has_permission
from squid_mesh.console.base.read_only import ReadOnlyAdminMixin
from squid_mesh.models import Waiting

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Waiting]
else:
    Base = admin.ModelAdmin

#: The actions in the inbox. An approval may ask users who have none of these permissions.
_OFFERED: Final = tuple(action for action, spec in SPECS.items() if spec.step_states)


def count_waiting_for_user(request: HttpRequest) -> api.WaitingCount:
    """Return how many steps wait for the user. They are counted once for each request."""
    cache: Any = request
    if not hasattr(cache, "sqm_waiting"):
        cache.sqm_waiting = api.count_waiting(cache.user)
    count: api.WaitingCount = cache.sqm_waiting
    return count


class WaitingAdmin(ReadOnlyAdminMixin, Base):
    """A link to the inbox. It has no pages and needs no permission of its own."""

    def has_view_permission(self, request: HttpRequest, obj: Waiting | None = None) -> bool:
        """Return whether the user has a permission for an action there, or something waits for the user."""
        if not self.admin_site.has_permission(request):
            return False
        if any(has_permission(request, action.value) for action in _OFFERED):
            return True
        return count_waiting_for_user(request).number > 0

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Return the same: some users see nothing else of the app."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """Return the URL to which the index links."""
        return [path("", self.admin_site.admin_view(self.redirect), name="squid_mesh_waiting_changelist")]

    def redirect(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the inbox."""
        url = find_url(self.admin_site.name, "inbox")
        return HttpResponseRedirect(url or reverse("admin:index", current_app=self.admin_site.name))
