"""The host's ``handler404`` for addresses below its API that no view has, such as a run's id with a slash."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

from squid_mesh.rest.base.errors import Failure


def not_found(request: HttpRequest, exception: Any = None) -> JsonResponse:
    """Return the error that views return, too."""
    failure = Failure(status=HTTPStatus.NOT_FOUND, code="not_found", message="There is no such resource.")
    return JsonResponse(failure.as_dict(), status=failure.status)
