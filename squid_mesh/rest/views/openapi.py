"""The OpenAPI schema of these URLs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from squid_mesh.rest.base.permissions import AUTHENTICATED
from squid_mesh.rest.base.views import RestView
from squid_mesh.rest.documentation.links import add_links
from squid_mesh.rest.documentation.operations import undocumented


class RestGenerator(SchemaGenerator):
    """Describes the package's own views, at the project's URLs of them."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """Return the schema, with links."""
        schema = super().get_schema(request=request, public=public)  # type: ignore[no-untyped-call]
        add_links(schema)
        return schema

    def _get_paths_and_endpoints(self) -> Any:
        found: list[Any] = super()._get_paths_and_endpoints()  # type: ignore[no-untyped-call]
        return [one for one in found if isinstance(one[3], RestView)]


class SchemaView(SpectacularAPIView, RestView):
    """The schema, for authenticated users. It names no workflow and no run."""

    authentication_classes: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    permission_classes = RestView.permission_classes
    needs = {"GET": AUTHENTICATED}
    generator_class = RestGenerator
    urlconf = None
    errors_are_json = True
    serve_public = True
    custom_settings = {
        "OAS_VERSION": "3.1.0",
        "TITLE": "Squid Mesh",
        "DESCRIPTION": "Durable workflows: start runs, read them, and act on them.",
    }

    @undocumented
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the schema."""
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return response
