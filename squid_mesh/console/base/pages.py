"""Rendering a page of the console, and the permissions that its views check."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise


def render_page(
    request: HttpRequest, site: AdminSite, template: str, *, title: str | Promise, **context: Any
) -> TemplateResponse:
    """Render the template of that name below ``admin/squid_mesh/`` as a page of the admin site."""
    request.current_app = site.name  # {% url %} finds the addresses of this site by it
    return TemplateResponse(
        request, f"admin/squid_mesh/{template}", {**site.each_context(request), "title": title, **context}
    )


def require_permission(request: HttpRequest, permission: str) -> None:
    """Raise PermissionDenied unless the user has that permission of the app ``squid_mesh``."""
    if not has_permission(request, permission):
        raise PermissionDenied


def has_permission(request: HttpRequest, permission: str) -> bool:
    """Return whether the user has that permission of the app ``squid_mesh``."""
    user: Any = request.user
    return bool(user.has_perm(f"squid_mesh.{permission}"))


def load_groups(request: HttpRequest) -> None:
    """Read the user's groups once, for every check that the page makes."""
    user: Any = request.user
    if hasattr(user, "groups"):  # a custom user model may have none
        prefetch_related_objects([user], "groups")
