"""A request as it goes out: written once from what the caller gave, and again at each redirect."""

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
from squid_mesh.tools.http.safe_urls import add_url_secrets, mask_url
from squid_mesh.tools.http.transport.decoding import ACCEPTED
from squid_mesh.tools.secrets import SECRET_TYPES, Secrets, reveal

#: An address to call; as a secret it is mask_url by its origin only.
Url = str | AnyUrl | SecretStr | Secret[Any]

_METHOD = re.compile(r"[A-Z]{1,20}")
#: A tunnel, and an echo of all headers.
_NO_METHODS: Final = frozenset({"CONNECT", "TRACE"})
_HEADER_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
#: Whoever could set these could smuggle a second request into the first.
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_LONGEST_ADDRESS: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request ready to be sent. ``private`` are the lower-case names of headers meant for one origin."""

    prepared: requests.PreparedRequest
    secret_address: bool
    private: frozenset[str]
    secret_body: bool

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return self.prepared.method or ""

    @property
    def url(self) -> str:
        """The address, with its secrets."""
        return self.prepared.url or ""

    def masked_url(self, secrets: Secrets) -> str:
        """The address without its secrets."""
        return mask_url(self.url, secrets, secret=self.secret_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the caller wants to send, as given: secrets are still wrapped."""

    headers: Mapping[str, str | SecretStr] | None = None
    params: Mapping[str, Any] | None = None
    json: Any = None
    form: Mapping[str, Any] | None = None
    content: bytes | SecretBytes | None = None
    idempotency_key: str | None = None


def compose_message(method: str, url: Url, given: Content, *, secrets: Secrets, user_agent: str) -> Message:
    """Write the request, and remember its secrets.

    Raises:
        HttpInvalid: the method, the address, a header or the body can't be written.
        HttpBlocked: the address isn't of ``http`` or ``https``.
    """
    if not _METHOD.fullmatch(method) or method in _NO_METHODS:
        raise HttpInvalid("is no request: its method is none that can be called")
    address, secret_address = validate_url(str(reveal(url))), isinstance(url, SECRET_TYPES)
    secrets.learn(given.params)
    headers, private = _headers(given, secrets)
    headers = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": ACCEPTED, **headers}
    headers["Connection"] = "close"
    body, kind, secret_body = _body(given, secrets)
    if kind and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = kind
    prepared = prepare_request(method, address, headers, body, params=reveal(given.params))
    if "Authorization" in prepared.headers:  # it may come from the address
        private |= {"authorization"}
        _learn_header(str(prepared.headers["Authorization"]), secrets)
    add_url_secrets(address, secrets, secret=secret_address)
    add_url_secrets(prepared.url or "", secrets, secret=secret_address)
    return Message(prepared=prepared, secret_address=secret_address, private=private, secret_body=secret_body)


def validate_url(url: str) -> str:
    """The address, if every program reads it alike.

    Raises:
        HttpInvalid: it holds blanks, control characters or backslashes, or lacks a part.
        HttpBlocked: its scheme is another than ``http`` and ``https``.
    """
    if len(url) > _LONGEST_ADDRESS or any(c == "\\" or c.isspace() or not c.isprintable() for c in url):
        raise HttpInvalid("is no request: its address is too long or has characters that none may have")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise HttpInvalid("is no request: its address can't be read") from None
    if parts.scheme not in ("http", "https"):
        raise HttpBlocked("is refused: only http and https may be called")
    if not host:
        raise HttpInvalid("is no request: its address has no host")
    return url


def prepare_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, params: Any = None
) -> requests.PreparedRequest:
    """The request as requests sends it, its address without userinfo and fragment. Raises HttpInvalid."""
    try:
        prepared = requests.Request(method, url, headers=headers, data=body, params=params).prepare()
    except (requests.RequestException, ValueError, TypeError):
        raise HttpInvalid("is no request: its address or its parameters can't be written") from None
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
            raise HttpInvalid("is no request: a header can't be written")
        if name.lower() in _OWN_HEADERS:
            raise HttpInvalid(f"is no request: the header {name} is written by the tool")
        if isinstance(value, SECRET_TYPES) or secrets.named(name):
            private.add(name.lower())
            _learn_header(plain, secrets)
        headers[name] = plain
    if given.idempotency_key is not None:
        if not given.idempotency_key or not _fits_a_header(given.idempotency_key):
            raise HttpInvalid("is no request: its idempotency key can't be written")
        headers = {name: value for name, value in headers.items() if name.lower() != "idempotency-key"}
        headers["Idempotency-Key"] = given.idempotency_key
    return headers, frozenset(private)


def _fits_a_header(value: str) -> bool:
    return value == value.strip() and all(
        c == "\t" or " " <= c <= "~" or "\xa0" <= c <= "\xff" for c in value
    )


def _learn_header(value: str, secrets: Secrets) -> None:
    """``Bearer abc`` is a secret, and so is ``abc``; ``a=b; c=d`` is one, and so are ``b`` and ``d``."""
    secrets.add(value)
    secrets.add(value.rpartition(" ")[2])
    for part in re.split("[;,]", value):
        secrets.add(part.partition("=")[2].strip(' "'))


def _body(given: Content, secrets: Secrets) -> tuple[bytes | None, str, bool]:
    """The bytes, their content type, and whether a secret is among them."""
    if sum(part is not None for part in (given.json, given.form, given.content)) > 1:
        raise HttpInvalid("is no request: json, form and content exclude each other")
    if given.json is not None:
        secret = secrets.learn(given.json)
        try:
            text = jsons.dumps(to_jsonable_python(reveal(given.json)), allow_nan=False, ensure_ascii=False)
            return text.encode(), "application/json", secret
        except (ValueError, TypeError, RecursionError):
            raise HttpInvalid("is no request: its JSON body can't be written") from None
    if given.form is not None:
        secret = secrets.learn(given.form)
        fields = {name: value for name, value in reveal(given.form).items() if value is not None}
        return urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded", secret
    if given.content is not None:
        plain = reveal(given.content)
        if not isinstance(plain, bytes):
            raise HttpInvalid("is no request: its content is not bytes")
        return plain, "", secrets.learn(given.content)
    return None, "", False
