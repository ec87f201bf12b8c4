"""The HTTP tool: ``http.post(url, json=…, idempotency_key=ctx.idempotency_key)`` inside a step."""

from squid_mesh.tools.http.calls import delete, get, patch, post, put, request
from squid_mesh.tools.http.errors import (
    HttpBlocked,
    HttpError,
    HttpInvalid,
    HttpRedirect,
    HttpTimeout,
    HttpTooLarge,
    HttpTransport,
    HttpUndecodable,
)
from squid_mesh.tools.http.policy import Policy, current_policy
from squid_mesh.tools.http.result import HttpResult, HttpStatus

__all__ = [
    "HttpBlocked",
    "HttpError",
    "HttpInvalid",
    "HttpRedirect",
    "HttpResult",
    "HttpStatus",
    "HttpTimeout",
    "HttpTooLarge",
    "HttpTransport",
    "HttpUndecodable",
    "Policy",
    "current_policy",
    "delete",
    "get",
    "patch",
    "post",
    "put",
    "request",
]
