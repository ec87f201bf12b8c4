"""What a call came to, when it came to a success."""

from __future__ import annotations

import base64
import json
from email.message import Message as Headers
from typing import Any

from pydantic import ConfigDict, SkipValidation, field_validator, model_serializer
from pydantic.dataclasses import dataclass
from pydantic.fields import Field

from squid_mesh.tools.http.errors import HttpUndecodable
from squid_mesh.tools.secrets import MASK, Secrets


@dataclass(frozen=True, kw_only=True, repr=False, config=ConfigDict(arbitrary_types_allowed=True))
class HttpResult:
    """A response. A step may return it: its stored form leaves out the secrets that the call was given.

    ``url`` is the last address asked, as it may be told. ``headers`` have lower-case names; one that came
    several times has its values joined by commas. ``body`` is decompressed. ``elapsed`` is in seconds.
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
        """The body as text, in the encoding that the response names, else in UTF-8."""
        named = Headers()
        named["content-type"] = self.headers.get("content-type", "")
        try:
            return self.body.decode(named.get_content_charset() or "utf-8", errors="replace")
        except LookupError:
            return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            HttpUndecodable: it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        raise HttpUndecodable(f"The answer of {self.url} is no JSON.", status=self.status, url=self.url)

    @model_serializer
    def as_dict(self) -> dict[str, Any]:
        """The JSON form, from which an equal result can be made. A body that isn't text is in base64."""
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            text = "\x00"
        body: Any = self.secrets.hide(text)
        if "\x00" in text:  # not for databases
            body = {"base64": base64.b64encode(self.body).decode()}
        headers = {
            name: MASK if self.secrets.named(name) else self.secrets.hide(value)
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
