"""A function that the project's ``handler404`` can call for a URL of REST that no view has."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

from squid_mesh.rest.base.errors import Failure


def not_found(request: HttpRequest, exception: Any = None) -> JsonResponse:
    """Return the error ``not_found`` as JSON, in the form that the views use."""
    failure = Failure(status=HTTPStatus.NOT_FOUND, code="not_found", message="There is no such resource.")
    return JsonResponse(failure.as_dict(), status=failure.status)
