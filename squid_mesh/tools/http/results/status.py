"""An answer that isn't a success, as an error that holds it."""

from __future__ import annotations

from typing import Any

from squid_mesh.tools.http.errors import HttpError
from squid_mesh.tools.http.results.result import HttpResult


class HttpStatus(HttpError):
    """An answer other than a success. ``result`` is the whole answer."""

    KIND = "status"

    def __init__(self, message: str, *, result: HttpResult, **details: Any) -> None:
        super().__init__(message, status=result.status, **details)
        self.result = result
