"""The response of a call: as a result, or as an error if its status is not a success."""

from __future__ import annotations

import base64
import json
from typing import Any

from pydantic import ConfigDict, SkipValidation, field_validator, model_serializer
from pydantic.dataclasses import dataclass
from pydantic.fields import Field

from squid_mesh.tools.http.encodings import find_encoding
from squid_mesh.tools.http.errors import HttpError, HttpUndecodable
from squid_mesh.tools.secrets import MASK, Secrets


@dataclass(frozen=True, kw_only=True, repr=False, config=ConfigDict(arbitrary_types_allowed=True))
class HttpResult:
    """A response. A step may return it; the stored form masks the secrets of the call.

    Attributes:
        status: the status code.
        url: the last URL that was called, after redirects, with secrets masked.
        headers: by lower-case name. The values of a repeated header are joined by commas.
        body: the body, decompressed.
        elapsed: the duration of the call in seconds, redirects included.
    """

    status: int
    url: str
    headers: dict[str, str]
    body: bytes
    elapsed: float = 0.0
    secrets: SkipValidation[Secrets] = Field(default_factory=Secrets, exclude=True)

    def __repr__(self) -> str:
        return f"HttpResult(status={self.status}, url={self.url!r}, {len(self.body)} bytes)"

    @property
    def text(self) -> str:
        """The body as text, in the response's encoding, by default UTF-8."""
        return self.body.decode(find_encoding(self.headers.get("content-type", "")), errors="replace")

    def json(self) -> Any:
        """Return the body parsed as JSON.

        Raises:
            HttpUndecodable: the body is not JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        raise HttpUndecodable(f"The response of {self.url} is not JSON.", status=self.status, url=self.url)

    @model_serializer
    def as_dict(self) -> dict[str, Any]:
        """Return the stored form. A body that isn't text is encoded in base64."""
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            text = "\x00"
        body: Any = self.secrets.mask_text(text)
        if "\x00" in text:  # PostgreSQL can't store it
            body = {"base64": base64.b64encode(self.body).decode()}
        headers = {
            name: MASK if self.secrets.has_name(name) else self.secrets.mask_text(value)
            for name, value in self.headers.items()
        }
        return {
            "status": self.status,
            "url": self.url,
            "headers": headers,
            "body": body,
            "elapsed": self.elapsed,
        }

    @field_validator("body", mode="before")
    @classmethod
    def _from_stored(cls, body: Any) -> Any:
        if isinstance(body, dict) and set(body) == {"base64"}:
            return base64.b64decode(body["base64"], validate=True)
        return body


class HttpStatus(HttpError):
    """A response with a status that is not a success. ``result`` is the whole response."""

    KIND = "status"

    def __init__(self, message: str, *, result: HttpResult, **details: Any) -> None:
        super().__init__(message, status=result.status, **details)
        self.result = result
