"""A page of the console: what every view of it gives to its template."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise


def page(
    request: HttpRequest, site: AdminSite, template: str, *, title: str | Promise, **context: Any
) -> TemplateResponse:
    """The page of that template under ``admin/squid_mesh/``."""
    request.current_app = site.name  # by which addresses find this site
    return TemplateResponse(
        request, f"admin/squid_mesh/{template}", {**site.each_context(request), "title": title, **context}
    )


def require(request: HttpRequest, permission: str) -> None:
    """Nothing, where the user has it. Raises PermissionDenied."""
    if not may(request, permission):
        raise PermissionDenied


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the user has that permission of ours."""
    user: Any = request.user
    return bool(user.has_perm(f"squid_mesh.{permission}"))


def know_groups(request: HttpRequest) -> None:
    """Read the user's groups once for all that asks for them while the page is made."""
    user: Any = request.user
    if hasattr(user, "groups"):  # a host's own user model may have none
        prefetch_related_objects([user], "groups")
