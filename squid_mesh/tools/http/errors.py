"""The errors of the HTTP tool.

HttpError
├── HttpInvalid      invalid    the URL, a header or the body of the request is invalid
├── HttpBlocked      blocked    the policy doesn't allow the URL
├── HttpTransport    transport  no connection, an untrusted certificate, or a broken connection
├── HttpTimeout      timeout    too slow to connect, to respond, or in total
├── HttpTooLarge     too_large  the response exceeds the limit
├── HttpRedirect     redirect   a redirect that isn't followed
├── HttpStatus       status     a status other than 2xx and 304; in ``result.py``
└── HttpUndecodable  decode     the body can't be decompressed or isn't JSON
"""

from __future__ import annotations

from typing import Any, ClassVar

from squid_mesh.tools.errors import ToolError


class HttpError(ToolError):
    """A call that gave no result.

    ``status`` is the status of the response, if there was one. ``retry_after`` is the number of seconds that
    the response asked to wait, within the policy's limit. ``details`` has ``kind``, ``method``, ``url`` with
    secrets masked, and ``status`` and ``retry_after`` if known.
    """

    code = "http_error"
    #: The class's ``kind``, and whether its errors are retried.
    KIND: ClassVar[str] = "http"
    RETRYABLE: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        retryable: bool | None = None,
        **details: Any,
    ) -> None:
        known = {"status": status, "retry_after": retry_after}
        super().__init__(
            message,
            kind=self.KIND,
            retryable=self.RETRYABLE if retryable is None else retryable,
            delay=retry_after,
            **{name: value for name, value in known.items() if value is not None},
            **details,
        )
        self.status = status
        self.retry_after = retry_after


class HttpInvalid(HttpError):
    """The request is invalid; nothing was sent."""

    KIND = "invalid"


class HttpBlocked(HttpError):
    """The policy doesn't allow the URL or an address behind its host; nothing was sent to it."""

    KIND = "blocked"


class HttpTransport(HttpError):
    """The connection failed or broke."""

    KIND = "transport"
    RETRYABLE = True


class HttpTimeout(HttpError):
    """The other system took too long. It may have processed the request."""

    KIND = "timeout"
    RETRYABLE = True


class HttpTooLarge(HttpError):
    """The response exceeds the limit; the rest of it was not read."""

    KIND = "too_large"


class HttpRedirect(HttpError):
    """There were too many redirects, or one that must not be followed."""

    KIND = "redirect"


class HttpUndecodable(HttpError):
    """The body can't be decompressed, or isn't JSON."""

    KIND = "decode"
    RETRYABLE = True
