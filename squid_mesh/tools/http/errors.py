"""What the HTTP tool raises: one family, each kind a class of its own.

HttpError
├── HttpInvalid      invalid    the request can't be written: its address, a header, its body
├── HttpBlocked      blocked    the address is none that may be called
├── HttpTransport    transport  no connection, no trust, a connection that broke
├── HttpTimeout      timeout    too slow to connect, to answer, or in all
├── HttpTooLarge     too_large  the response is over the limit
├── HttpRedirect     redirect   a redirect that isn't followed
├── HttpStatus       status     an answer that isn't a success; in ``status``
└── HttpUndecodable  decode     a body that can't be decompressed, or isn't the JSON it should be
"""

from __future__ import annotations

from typing import Any, ClassVar

from squid_mesh.tools.errors import ToolError


class HttpError(ToolError):
    """A call that didn't give a result. ``details`` has ``kind``, ``method``, ``url`` and what is known.

    ``status`` is that of the response, where there was one; ``retry_after`` the seconds that it asked to
    wait, within the policy's limit. The address in ``url`` is told without its secrets.
    """

    code = "http_error"
    #: The kind of all errors of a class, and whether such an error is worth another attempt.
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
    """The request can't be written, and nothing was sent."""

    KIND = "invalid"


class HttpBlocked(HttpError):
    """The address, or one that its name leads to, may not be called; not a byte was sent to it."""

    KIND = "blocked"


class HttpTransport(HttpError):
    """No connection could be made, or it broke."""

    KIND = "transport"
    RETRYABLE = True


class HttpTimeout(HttpError):
    """The other side took too long. Whether it has acted on the request isn't known."""

    KIND = "timeout"
    RETRYABLE = True


class HttpTooLarge(HttpError):
    """The response is larger than the limit; reading it was stopped there."""

    KIND = "too_large"


class HttpRedirect(HttpError):
    """Too many redirects, or one that may not be followed."""

    KIND = "redirect"


class HttpUndecodable(HttpError):
    """The body can't be decompressed, or isn't the JSON it should be."""

    KIND = "decode"
    RETRYABLE = True
