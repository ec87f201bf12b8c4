"""The request message: composed from the caller's arguments, and again for each redirect."""

from __future__ import annotations

import json as jsons
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests
from pydantic import AnyUrl, Secret, SecretBytes, SecretStr
from pydantic_core import to_jsonable_python

from squid_mesh.tools.http.errors import HttpBlocked, HttpInvalid
from squid_mesh.tools.http.transport.decoding import ACCEPTED
from squid_mesh.tools.http.urls import add_url_secrets, mask_url
from squid_mesh.tools.secrets import SECRET_TYPES, Secrets, reveal

#: A URL to call. If it is a secret, only its origin is shown.
Url = str | AnyUrl | SecretStr | Secret[Any]

_METHOD = re.compile(r"[A-Z]{1,20}")
#: CONNECT opens a tunnel, TRACE returns all headers.
_NO_METHODS: Final = frozenset({"CONNECT", "TRACE"})
_HEADER_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
#: Setting these would allow a second request to be smuggled into the first.
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_LONGEST_ADDRESS: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request ready to be sent. ``private`` are the lower-case names of headers for one origin only."""

    prepared: requests.PreparedRequest
    secret_address: bool
    private: frozenset[str]
    secret_body: bool

    @property
    def method(self) -> str:
        """The method, in upper case."""
        return self.prepared.method or ""

    @property
    def url(self) -> str:
        """The URL, with its secrets."""
        return self.prepared.url or ""

    def masked_url(self, secrets: Secrets) -> str:
        """Return the URL with its secrets masked."""
        return mask_url(self.url, secrets, secret=self.secret_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the caller sends, as given; secrets are still wrapped."""

    headers: Mapping[str, str | SecretStr] | None = None
    params: Mapping[str, Any] | None = None
    json: Any = None
    form: Mapping[str, Any] | None = None
    content: bytes | SecretBytes | None = None
    idempotency_key: str | None = None


def compose_message(method: str, url: Url, given: Content, *, secrets: Secrets, user_agent: str) -> Message:
    """Return the request, and register its secrets.

    Raises:
        HttpInvalid: the method, the URL, a header or the body is invalid.
        HttpBlocked: the URL's scheme is not ``http`` or ``https``.
    """
    if not _METHOD.fullmatch(method) or method in _NO_METHODS:
        raise HttpInvalid("is invalid: the method is not allowed")
    address, secret_address = validate_url(str(reveal(url))), isinstance(url, SECRET_TYPES)
    secrets.add_from(given.params)
    headers, private = _headers(given, secrets)
    headers = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": ACCEPTED, **headers}
    headers["Connection"] = "close"
    body, kind, secret_body = _body(given, secrets)
    if kind and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = kind
    prepared = prepare_request(method, address, headers, body, params=reveal(given.params))
    if "Authorization" in prepared.headers:  # it may come from the URL
        private |= {"authorization"}
        _add_header_secrets(str(prepared.headers["Authorization"]), secrets)
    add_url_secrets(address, secrets, secret=secret_address)
    add_url_secrets(prepared.url or "", secrets, secret=secret_address)
    return Message(prepared=prepared, secret_address=secret_address, private=private, secret_body=secret_body)


def validate_url(url: str) -> str:
    """Return the URL if all programs parse it in the same way.

    Raises:
        HttpInvalid: it contains spaces, control characters or backslashes, or lacks a part.
        HttpBlocked: its scheme is not ``http`` or ``https``.
    """
    if len(url) > _LONGEST_ADDRESS or any(c == "\\" or c.isspace() or not c.isprintable() for c in url):
        raise HttpInvalid(
            "is invalid: the URL is too long or contains spaces, control characters or backslashes"
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise HttpInvalid("is invalid: the URL can't be parsed") from None
    if parts.scheme not in ("http", "https"):
        raise HttpBlocked("is blocked: only http and https URLs are allowed")
    if not host:
        raise HttpInvalid("is invalid: the URL has no host")
    return url


def prepare_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, params: Any = None
) -> requests.PreparedRequest:
    """Return the request for the requests library, without credentials and fragment in its URL.

    Raises:
        HttpInvalid: the URL or the parameters are invalid.
    """
    try:
        prepared = requests.Request(method, url, headers=headers, data=body, params=params).prepare()
    except (requests.RequestException, ValueError, TypeError):
        raise HttpInvalid("is invalid: the URL or the parameters can't be encoded") from None
    parts = urlsplit(prepared.url or "")
    netloc = str(parts.netloc).rpartition("@")[2]
    prepared.url = urlunsplit((str(parts.scheme), netloc, str(parts.path), str(parts.query), ""))
    return prepared


def _headers(given: Content, secrets: Secrets) -> tuple[dict[str, str], frozenset[str]]:
    headers: dict[str, str] = {}
    private: set[str] = set()
    for name, value in (given.headers or {}).items():
        plain = reveal(value)
        if not _HEADER_NAME.fullmatch(name) or not isinstance(plain, str) or not _fits_a_header(plain):
            raise HttpInvalid("is invalid: a header can't be encoded")
        if name.lower() in _OWN_HEADERS:
            raise HttpInvalid(f"is invalid: the HTTP tool sets the header {name} itself")
        if isinstance(value, SECRET_TYPES) or secrets.has_name(name):
            private.add(name.lower())
            _add_header_secrets(plain, secrets)
        headers[name] = plain
    if given.idempotency_key is not None:
        if not given.idempotency_key or not _fits_a_header(given.idempotency_key):
            raise HttpInvalid("is invalid: the idempotency key can't be encoded")
        headers = {name: value for name, value in headers.items() if name.lower() != "idempotency-key"}
        headers["Idempotency-Key"] = given.idempotency_key
    return headers, frozenset(private)


def _fits_a_header(value: str) -> bool:
    return value == value.strip() and all(
        c == "\t" or " " <= c <= "~" or "\xa0" <= c <= "\xff" for c in value
    )


def _add_header_secrets(value: str, secrets: Secrets) -> None:
    """Register ``Bearer abc`` and also ``abc``; ``a=b; c=d`` and also ``b`` and ``d``."""
    secrets.add(value)
    secrets.add(value.rpartition(" ")[2])
    for part in re.split("[;,]", value):
        secrets.add(part.partition("=")[2].strip(' "'))


def _body(given: Content, secrets: Secrets) -> tuple[bytes | None, str, bool]:
    """Return the body's bytes, its content type, and whether it contains a secret."""
    if sum(part is not None for part in (given.json, given.form, given.content)) > 1:
        raise HttpInvalid("is invalid: pass only one of json, form and content")
    if given.json is not None:
        secret = secrets.add_from(given.json)
        try:
            text = jsons.dumps(to_jsonable_python(reveal(given.json)), allow_nan=False, ensure_ascii=False)
            return text.encode(), "application/json", secret
        except (ValueError, TypeError, RecursionError):
            raise HttpInvalid("is invalid: the JSON body can't be encoded") from None
    if given.form is not None:
        secret = secrets.add_from(given.form)
        fields = {name: value for name, value in reveal(given.form).items() if value is not None}
        return urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded", secret
    if given.content is not None:
        plain = reveal(given.content)
        if not isinstance(plain, bytes):
            raise HttpInvalid("is invalid: content must be bytes")
        return plain, "", secrets.add_from(given.content)
    return None, "", False
