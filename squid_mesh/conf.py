"""The ``SQUID_MESH`` settings: one dict, typed, read on every access so that ``override_settings`` works."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.views.debug import SafeExceptionReporterFilter
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from squid_mesh.tools.http.policy import Policy, parse_allowed_hosts


class HttpSettings(BaseModel):
    """What a host may set in ``SQUID_MESH = {"HTTP": {…}}``: the HTTP tool's limits, and whom it may call.

    ``ALLOW_PRIVATE``: every address may be called, those of private networks and this machine too.
    ``ALLOWED_HOSTS``: names, addresses and networks that may be called though they aren't public.
    ``CONNECT_TIMEOUT``, ``READ_TIMEOUT``: seconds to connect, and to wait for each piece of an answer.
    ``TOTAL_SECONDS``: the limit for a whole call, with its redirects.
    ``MAX_RESPONSE_BYTES``: the most that a body may have, decompressed.
    ``MAX_REDIRECTS``: how many redirects a call follows.
    ``MAX_RETRY_AFTER``: the longest wait, in seconds, that a ``Retry-After`` is granted.
    ``CA_BUNDLE``: path of the certificates to trust instead of certifi's.
    ``USER_AGENT``: what calls name themselves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ALLOW_PRIVATE: bool = False
    ALLOWED_HOSTS: tuple[str, ...] = ()
    CONNECT_TIMEOUT: float = Field(default=3.05, gt=0, allow_inf_nan=False)
    READ_TIMEOUT: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    TOTAL_SECONDS: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    MAX_RESPONSE_BYTES: int = Field(default=1024 * 1024, ge=0)
    MAX_REDIRECTS: int = Field(default=5, ge=0)
    MAX_RETRY_AFTER: float = Field(default=3600.0, ge=0, allow_inf_nan=False)
    CA_BUNDLE: str | None = None
    USER_AGENT: str = Field(default="squid-mesh", min_length=1)

    @field_validator("ALLOWED_HOSTS")
    @classmethod
    def _are_hosts(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        parse_allowed_hosts(entries)
        return entries


class Settings(BaseModel):
    """What a host may set in ``SQUID_MESH = {…}``. An unknown key is an error.

    ``DATABASE``: alias of the database that holds runs.
    ``LEASE_SECONDS``: a worker silent for that long loses its step.
    ``CRASH_CAP``: a step that lost that many workers is parked.
    ``SLICE_SECONDS``: how long a worker stays with workflows before it looks at the host's own tasks.
    ``POLL_SECONDS``: how often a database without notifications is asked for due work.
    ``CODE_RECHECK_SECONDS``: how often a step whose code is missing looks for it again.
    ``TIMEOUT_GRACE_SECONDS``: how long past its timeout a step that can't be stopped keeps its worker alive.
    ``CRON_GRACE_SECONDS``: a window later than that is missed, where ``catch_up="none"``.
    ``MASKED_FIELDS``: names of payload and output fields never shown, beside those Django hides itself.
    ``OPENTELEMETRY``: each attempt is a span of OpenTelemetry; needs the extra of that name.
    ``METRICS_TOKEN``: who has it may scrape the figures where the host has included their view.
    ``HTTP``: the HTTP tool's own, as in ``HttpSettings``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    DATABASE: str = "default"
    LEASE_SECONDS: float = Field(default=30.0, gt=0)
    CRASH_CAP: int = Field(default=3, ge=1)
    SLICE_SECONDS: float = Field(default=1.0, gt=0)
    POLL_SECONDS: float = Field(default=0.1, gt=0)
    CODE_RECHECK_SECONDS: float = Field(default=30.0, gt=0)
    TIMEOUT_GRACE_SECONDS: float = Field(default=5.0, ge=0)
    CRON_GRACE_SECONDS: float = Field(default=60.0, ge=0)
    MASKED_FIELDS: tuple[str, ...] = ()
    OPENTELEMETRY: bool = False
    METRICS_TOKEN: SecretStr | None = Field(default=None, min_length=16)
    HTTP: HttpSettings = HttpSettings()


def current() -> Settings:
    """The settings as they are now.

    Raises:
        pydantic.ValidationError: a key is unknown or a value has the wrong type.
    """
    return Settings.model_validate(getattr(settings, "SQUID_MESH", {}))


def hiding() -> Callable[[str], bool]:
    """Tells of a field's name whether what stands there is masked: Django says so, or the settings do."""
    hidden = SafeExceptionReporterFilter.hidden_settings
    extra = {name.lower() for name in current().MASKED_FIELDS}
    return lambda name: bool(hidden.search(name)) or name.lower() in extra


def database() -> str:
    """The alias of the database that holds runs."""
    return current().DATABASE


def http_policy() -> Policy:
    """What the HTTP tool may do, by the settings as they are now."""
    settings = current()
    http = settings.HTTP
    names, networks = parse_allowed_hosts(http.ALLOWED_HOSTS)
    return Policy(
        connect_timeout=http.CONNECT_TIMEOUT,
        read_timeout=http.READ_TIMEOUT,
        total_seconds=http.TOTAL_SECONDS,
        max_response_bytes=http.MAX_RESPONSE_BYTES,
        max_redirects=http.MAX_REDIRECTS,
        max_retry_after=http.MAX_RETRY_AFTER,
        allow_private=http.ALLOW_PRIVATE,
        allowed_names=names,
        allowed_networks=networks,
        masked_names=frozenset(settings.MASKED_FIELDS),
        ca_bundle=http.CA_BUNDLE,
        user_agent=http.USER_AGENT,
    )
