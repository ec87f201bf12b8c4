"""The site consists of the admin and REST. The front page redirects to the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.defaults import page_not_found
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerView

from squid_mesh.rest import handlers

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("squid_mesh.rest.urls")),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="squid_mesh_rest:schema"), name="api_docs"),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """Answer with JSON below the API, where programs ask, and with a page elsewhere."""
    if request.path.startswith("/api/"):
        return handlers.not_found(request, exception)
    return page_not_found(request, exception)


handler404 = not_found
