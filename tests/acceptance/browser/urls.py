"""The site's addresses: the admin, and the icon that every browser asks for."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path


def icon(request: HttpRequest) -> HttpResponse:
    """There is none."""
    return HttpResponse(status=204)


urlpatterns = [path("admin/", admin.site.urls), path("favicon.ico", icon)]
