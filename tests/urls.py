"""The addresses of the tests' site: the admin, REST, and what login needs."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("rest/", include("squid_mesh.rest.urls"))]
