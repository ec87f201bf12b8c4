"""The base of all views: closed by default, with the project's authentication, throttling and renderers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.db import connections, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.cache import patch_cache_control
from pydantic import BaseModel
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from squid_mesh.exceptions import RunNotFound
from squid_mesh.rest.base.errors import InvalidRequest, describe_error
from squid_mesh.rest.base.permissions import HasPermissions, Needs
from squid_mesh.rest.base.requests import LimitedJSONParser
from squid_mesh.rest.documentation.operations import RestSchema

_METHODS: Final = ("get", "post", "patch")


class RestView(APIView):
    """A view. ``needs`` has the permissions of each of its methods; each method must have an entry.

    ``errors_are_json``: its renderers can't render errors, so errors are always JSON.
    """

    permission_classes = (HasPermissions,)
    parser_classes = (LimitedJSONParser,)
    versioning_class = None
    schema = RestSchema()
    needs: ClassVar[Mapping[str, Needs]] = {}
    errors_are_json: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        closed = [name for name in _METHODS if hasattr(cls, name) and name.upper() not in cls.needs]
        if closed:
            raise TypeError(f"{cls.__name__}.needs has no entry for {', '.join(closed)}.")

    @classmethod
    def as_view(cls, **options: Any) -> Any:
        """Return the view. It needs no transaction: the functions that it calls have their own."""
        view = super().as_view(**options)
        for alias in connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the user, then the address: RunNotFound if a run's id is no UUID, InvalidRequest."""
        super().initial(request, *args, **kwargs)
        override = str(api_settings.URL_FORMAT_OVERRIDE)
        if request.query_params.get(override) == "":  # the framework ignores an empty one
            raise InvalidRequest({override: ["is empty"]})
        run_id = kwargs.get("run_id")
        if isinstance(run_id, str) and request.method in self.needs:
            raise RunNotFound(f"There is no run {run_id[:50]!r}.", run_id=run_id[:50])

    def handle_exception(self, exc: Exception) -> Response:
        """Return the response to an error, and raise it if it is a bug."""
        failure = describe_error(exc, self._find_challenge())
        if failure is None:
            self.raise_uncaught_exception(exc)
            raise exc
        if self.errors_are_json:
            self.request.accepted_renderer = JSONRenderer()
            self.request.accepted_media_type = JSONRenderer.media_type
        response = Response(failure.as_dict(), status=failure.status, headers=dict(failure.headers))
        response.exception = True
        return response

    def _find_challenge(self) -> str:
        """Return the challenge of the project's first authentication class that has one."""
        ways = (way.authenticate_header(self.request) for way in self.get_authenticators())
        return next((way for way in ways if way), "Session")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Forbid shared caches to keep responses: what they contain depends on the user."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        if not finished.has_header("Cache-Control"):
            patch_cache_control(finished, private=True, no_cache=True)
        return finished


def answer(value: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return the value as a response."""
    return Response(value.model_dump(mode="json"), status=status, headers=dict(headers or {}))


def find_url(request: HttpRequest | Request, name: str, *args: Any) -> str:
    """Return the absolute URL of the view of that name, in the namespace of the request's own view."""
    match = request.resolver_match
    namespace = match.namespace if match else ""
    return str(request.build_absolute_uri(reverse(f"{namespace}:{name}" if namespace else name, args=args)))
