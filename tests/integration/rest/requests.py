"""Every operation of REST, as the OpenAPI schema lists it, and requests for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from squid_mesh.rest.base.views import RestView
from squid_mesh.rest.urls import urlpatterns
from squid_mesh.rest.views.openapi import RestGenerator, SchemaView


class Operation(NamedTuple):
    """A method of a view; ``route`` is its path with placeholders."""

    method: str
    route: str
    view: type[RestView]

    def address(self, **values: Any) -> str:
        """Return the path with those values in it."""
        return "/rest/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), self.route)


def list_operations() -> Iterator[Operation]:
    """Return every operation."""
    for pattern in urlpatterns:
        view = pattern.callback.view_class
        for method in ("get", "post", "patch"):
            if hasattr(view, method):
                yield Operation(method, str(pattern.pattern), view)


OPERATIONS = list(list_operations())


def read_schema() -> dict[str, Any]:
    """Return the OpenAPI schema as the view answers it."""
    from drf_spectacular.settings import patched_settings

    with patched_settings(SchemaView.custom_settings):
        return RestGenerator().get_schema(request=None, public=True)
