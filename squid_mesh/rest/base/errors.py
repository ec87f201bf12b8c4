"""Errors as responses: ``code``, ``message`` and ``details``, with the status of each kind of error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions as framework

from squid_mesh.exceptions import (
    CodeUnavailable,
    DefinitionError,
    FormError,
    IdempotencyConflict,
    IllegalAction,
    InvalidArgument,
    IrreversibleSteps,
    LimitExceeded,
    NotFound,
    NotPermitted,
    PayloadError,
    SquidMeshError,
    UnreadableDefinition,
    UnreadableRow,
)


class InvalidRequest(SquidMeshError):
    """The query or the body has the wrong form. ``details["errors"]`` maps each field to its messages."""

    code = "invalid_request"

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        listed = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in errors.items())
        super().__init__(
            f"The request is invalid: {listed}.", errors={name: list(texts) for name, texts in errors.items()}
        )


class BodyTooLarge(SquidMeshError):
    """The body has more bytes than ``details["limit"]``."""

    code = "body_too_large"

    def __init__(self) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        super().__init__(f"The body has more than {limit} bytes.", limit=limit)


class LengthRequired(SquidMeshError):
    """The body has no ``Content-Length``: servers and the framework would treat it as empty."""

    code = "length_required"

    def __init__(self) -> None:
        super().__init__("The body needs the header Content-Length.")


class RunChanged(SquidMeshError):
    """The run has changed since it was read. ``details["etag"]`` is its present tag, for viewers."""

    code = "run_changed"


class Refused(framework.PermissionDenied):
    """A missing permission as an error of the framework: its browsable pages catch only those."""

    def __init__(self, error: NotPermitted) -> None:
        super().__init__(error.message)
        self.error = error


#: The status of each error. An error that isn't listed has the status of its nearest base; others are bugs.
STATUSES: Final[Mapping[type[SquidMeshError], HTTPStatus]] = {
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    InvalidArgument: HTTPStatus.BAD_REQUEST,
    PayloadError: HTTPStatus.BAD_REQUEST,
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    CodeUnavailable: HTTPStatus.CONFLICT,
    DefinitionError: HTTPStatus.CONFLICT,
    IdempotencyConflict: HTTPStatus.CONFLICT,
    IllegalAction: HTTPStatus.CONFLICT,
    IrreversibleSteps: HTTPStatus.CONFLICT,
    UnreadableDefinition: HTTPStatus.CONFLICT,
    UnreadableRow: HTTPStatus.CONFLICT,
    LengthRequired: HTTPStatus.LENGTH_REQUIRED,
    RunChanged: HTTPStatus.PRECONDITION_FAILED,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    LimitExceeded: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FormError: HTTPStatus.UNPROCESSABLE_ENTITY,
}
#: The codes of django-rest-framework's errors, by status.
FRAMEWORK_CODES: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "invalid_request",
    HTTPStatus.UNAUTHORIZED: "not_authenticated",
    HTTPStatus.FORBIDDEN: "not_permitted",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.NOT_ACCEPTABLE: "not_acceptable",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as a response."""

    status: HTTPStatus
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the body."""
        return {"code": self.code, "message": self.message, "details": dict(self.details)}


def describe_error(error: Exception, challenge: str) -> Failure | None:
    """Return the response to an error; None if it is a bug. ``challenge`` says how to authenticate."""
    if isinstance(error, SquidMeshError):
        return _describe_own(error)
    if isinstance(error, Refused):
        return _describe_own(error.error)
    if isinstance(error, framework.NotAuthenticated | framework.AuthenticationFailed):
        return Failure(
            status=HTTPStatus.UNAUTHORIZED,
            code=FRAMEWORK_CODES[HTTPStatus.UNAUTHORIZED],
            message=_read_text(error.detail),
            headers={"WWW-Authenticate": challenge},
        )
    if isinstance(error, framework.APIException):
        return _describe_framework(error)
    if isinstance(error, Http404):
        return _plain(HTTPStatus.NOT_FOUND, "Not found.")
    if isinstance(error, PermissionDenied):
        return _plain(HTTPStatus.FORBIDDEN, str(error) or "Permission denied.")
    if isinstance(error, RequestDataTooBig):
        return _describe_own(BodyTooLarge())
    if isinstance(error, SuspiciousOperation):
        return _plain(HTTPStatus.BAD_REQUEST, "The request is malformed.")
    return None


def _describe_own(error: SquidMeshError) -> Failure | None:
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), None)
    if status is None:
        return None
    return Failure(status=status, code=error.code, message=error.message, details=error.details)


def _describe_framework(error: framework.APIException) -> Failure | None:
    """Return the response. The project's own errors keep their status and code; a plain 500 is a bug."""
    status = next((one for one in HTTPStatus if one == error.status_code), None)
    if status is None or status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    wait = getattr(error, "wait", None)
    return Failure(
        status=status,
        code=FRAMEWORK_CODES.get(status, str(error.default_code)),
        message=_read_text(error.detail),
        headers={"Retry-After": str(int(wait))} if wait else {},
    )


def _read_text(detail: Any) -> str:
    """Return an error's detail as one text. Some packages give a mapping: ``detail`` is for people."""
    if isinstance(detail, Mapping):
        return _read_text(detail["detail"] if "detail" in detail else list(detail.values()))
    if isinstance(detail, list | tuple):
        return " ".join(map(_read_text, detail))
    return str(detail)


def _plain(status: HTTPStatus, message: str) -> Failure:
    return Failure(status=status, code=FRAMEWORK_CODES[status], message=message)
