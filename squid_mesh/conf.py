"""The ``SQUID_MESH`` settings: one typed dict, read on every access so that ``override_settings`` works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Annotated, Any, Final

from django.conf import settings
from django.utils.functional import empty
from django.utils.module_loading import import_string
from django.views.debug import SafeExceptionReporterFilter
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from squid_mesh.definitions.declare.outcomes import MAX_DELAY
from squid_mesh.definitions.values.limits import MOST_LEVELS, ValueLimit
from squid_mesh.exceptions import InvalidSettings
from squid_mesh.tools.http.policy import Policy, parse_allowed_hosts
from squid_mesh.tools.names import NameRule

#: A time limit: not infinite, and at most a century, which every database and operating system can count.
_Seconds = Annotated[float, Field(le=MAX_DELAY, allow_inf_nan=False)]


class _Section(BaseModel):
    """A dict of settings. No error repeats a value, which may be secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _has_usual_type(cls, value: Any, info: ValidationInfo) -> Any:
        """Reject what pydantic would convert: True to 1, and an iterator, which is empty the next time."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise ValueError("not a flag")
        if isinstance(value, bytes):
            raise ValueError("give a text, not bytes")
        if isinstance(value, Iterator):
            raise ValueError("give a list or a tuple, not an iterator")
        return value


class HttpSettings(_Section):
    """The HTTP tool's settings, ``SQUID_MESH = {"HTTP": {…}}``: its limits, and which addresses it may call.

    ``ALLOW_PRIVATE``: calls may go to any address, also to private networks and this machine.
    ``ALLOWED_HOSTS``: names, addresses and networks that may be called although they aren't public.
    ``CONNECT_TIMEOUT``, ``READ_TIMEOUT``: seconds to connect, and to wait for each part of a response.
    ``TOTAL_SECONDS``: the limit for a whole call, including its redirects.
    ``MAX_RESPONSE_BYTES``: the size limit of a response's body, decompressed.
    ``MAX_REDIRECTS``: how many redirects a call follows at most.
    ``MAX_RETRY_AFTER``: a longer ``Retry-After`` is shortened to that many seconds.
    ``CA_BUNDLE``: path of the trusted certificates; certifi's if unset.
    ``USER_AGENT``: the ``User-Agent`` header of calls.
    """

    ALLOW_PRIVATE: bool = False
    ALLOWED_HOSTS: tuple[str, ...] = ()
    CONNECT_TIMEOUT: _Seconds = Field(default=3.05, gt=0)
    READ_TIMEOUT: _Seconds = Field(default=10.0, gt=0)
    TOTAL_SECONDS: _Seconds = Field(default=30.0, gt=0)
    MAX_RESPONSE_BYTES: int = Field(default=1024 * 1024, ge=0, le=2**31 - 1)
    MAX_REDIRECTS: int = Field(default=5, ge=0, le=1000)
    MAX_RETRY_AFTER: _Seconds = Field(default=3600.0, ge=0)
    CA_BUNDLE: str | None = None
    USER_AGENT: str = Field(default="squid-mesh", min_length=1)

    @field_validator("ALLOWED_HOSTS")
    @classmethod
    def _are_hosts(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        parse_allowed_hosts(entries)
        return entries


class LimitSettings(_Section):
    """How large values may be, ``SQUID_MESH = {"LIMITS": {…}}``. Sizes are of compact JSON in UTF-8.

    ``PAYLOAD_BYTES``: a run's payload. A larger one starts no run.
    ``OUTPUT_BYTES``: what a step returns. A larger one fails the step.
    ``ANSWERS_BYTES``: the answers to an approval's form.
    ``INPUT_BYTES``: the input of a step as the history shows it; of a larger one only the beginning is kept.
    ``DEPTH``: levels of mappings and lists in one of these values. 30 is the most that every database stores.
    ``TEXT_CHARS``: a comment or a reason.
    ``ERROR_CHARS``: an error's message, or the reason of a ``Defer``; the middle of a longer one is left out.
    ``TRACEBACK_CHARS``: a traceback, likewise.
    ``DETAILS_BYTES``: the details of an error; of larger ones only the beginning is kept.
    """

    PAYLOAD_BYTES: int = Field(default=1024 * 1024, ge=1024, le=2**31 - 1)
    OUTPUT_BYTES: int = Field(default=4 * 1024 * 1024, ge=1024, le=2**31 - 1)
    ANSWERS_BYTES: int = Field(default=256 * 1024, ge=1024, le=2**31 - 1)
    INPUT_BYTES: int = Field(default=256 * 1024, ge=1024, le=2**31 - 1)
    DEPTH: int = Field(default=MOST_LEVELS, ge=4, le=MOST_LEVELS)
    TEXT_CHARS: int = Field(default=10_000, ge=200, le=2**31 - 1)
    ERROR_CHARS: int = Field(default=10_000, ge=200, le=2**31 - 1)
    TRACEBACK_CHARS: int = Field(default=20_000, ge=200, le=2**31 - 1)
    DETAILS_BYTES: int = Field(default=64 * 1024, ge=1024, le=2**31 - 1)

    def of_payload(self) -> ValueLimit:
        """Return the limit of a payload."""
        return self._limit("payload", "PAYLOAD_BYTES", self.PAYLOAD_BYTES)

    def of_output(self, argument: str = "output") -> ValueLimit:
        """Return the limit of a step's output, or of what a step asks people."""
        return self._limit(argument, "OUTPUT_BYTES", self.OUTPUT_BYTES)

    def of_answers(self) -> ValueLimit:
        """Return the limit of the answers to a form."""
        return self._limit("data", "ANSWERS_BYTES", self.ANSWERS_BYTES)

    def _limit(self, argument: str, setting: str, size: int) -> ValueLimit:
        return ValueLimit(argument=argument, setting=setting, size=size, depth=self.DEPTH)


class Settings(_Section):
    """All settings in ``SQUID_MESH = {…}``. An unknown key is an error.

    ``DATABASE``: alias of the database that stores runs.
    ``LEASE_SECONDS``: a worker that doesn't renew its lease for that long loses its step.
    ``CRASH_CAP``: a step that lost that many workers is paused for a person.
    ``SLICE_SECONDS``: how long a worker executes workflows before the host's own tasks get a turn.
    ``POLL_SECONDS``: how often due work is read from a database without notifications.
    ``CODE_RECHECK_SECONDS``: how often a step whose code is missing tries to import it again.
    ``TIMEOUT_GRACE_SECONDS``: a step that can't be stopped ends its worker that long after its timeout.
    ``CRON_GRACE_SECONDS``: with ``catch_up="none"``, a scheduled time that is later than that is skipped.
    ``MASKED_FIELDS``: names of payload and output fields to mask, in addition to those that Django masks.
    ``UNMASKED_FIELDS``: names that are never masked, such as ``key``. Secret types are masked in any case.
    ``WORKERS``: how many workers ``squid_mesh worker`` runs; ``Q_CLUSTER["workers"]`` if unset.
    ``RUNTIME_DIR``: the folder for its state, which ``squid_mesh health`` reads; a temporary one if unset.
    ``OPENTELEMETRY``: record each attempt as an OpenTelemetry span; needs the extra ``opentelemetry``.
    ``METRICS_TOKEN``: the bearer token for the metrics view and REST's probes, at least 16 characters.
    ``HTTP``: the HTTP tool's settings, see ``HttpSettings``.
    ``LIMITS``: how large values may be, see ``LimitSettings``.
    """

    DATABASE: str = "default"
    LEASE_SECONDS: _Seconds = Field(default=30.0, gt=0)
    CRASH_CAP: int = Field(default=3, ge=1, le=2**31 - 1)
    SLICE_SECONDS: _Seconds = Field(default=1.0, gt=0)
    POLL_SECONDS: _Seconds = Field(default=0.1, gt=0)
    CODE_RECHECK_SECONDS: _Seconds = Field(default=30.0, gt=0)
    TIMEOUT_GRACE_SECONDS: _Seconds = Field(default=5.0, ge=0)
    CRON_GRACE_SECONDS: _Seconds = Field(default=60.0, ge=0)
    MASKED_FIELDS: tuple[str, ...] = ()
    UNMASKED_FIELDS: tuple[str, ...] = ()
    WORKERS: int | None = Field(default=None, ge=1, le=1000)
    RUNTIME_DIR: str | None = Field(default=None, min_length=1)
    OPENTELEMETRY: bool = False
    METRICS_TOKEN: SecretStr | None = Field(default=None, min_length=16)
    HTTP: HttpSettings = HttpSettings()
    LIMITS: LimitSettings = LimitSettings()


def current() -> Settings:
    """Return the current settings. They are validated again whenever the dict is another one, or has changed.

    Raises:
        InvalidSettings: a key is unknown or a value has the wrong type.
    """
    global _last  # noqa: PLW0603 - one tuple, replaced as a whole, so threads see an old or a new one
    # Django's own object is much faster than the lazy one around it, which is empty until its first use.
    wrapped = getattr(settings, "_wrapped", empty)
    holder = settings if wrapped is empty else wrapped
    given = getattr(holder, "SQUID_MESH", _NO_SETTINGS)
    source, copied, valid = _last
    if given is not source or given != copied:
        valid = _validate(given)
        _last = given, deepcopy(given), valid
    return valid


def _validate(given: Any) -> Settings:
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise InvalidSettings(  # the values stay out of it: one may be a secret
            [
                {"setting": ".".join(map(str, problem["loc"])), "message": problem["msg"]}
                for problem in error.errors(include_url=False, include_context=False, include_input=False)
            ]
        ) from None


_NO_SETTINGS: Final[dict[str, Any]] = {}
#: The dict that was validated last, a copy of it, and the settings that came of it.
_last: tuple[Any, Any, Settings] = (_NO_SETTINGS, {}, Settings())


def masked_name_rule() -> NameRule:
    """Return the rule for names of fields: by Django, or the host's own filter, and by the settings."""
    settings = current()
    return _name_rule(settings.MASKED_FIELDS, settings.UNMASKED_FIELDS, _hidden_settings())


@lru_cache(maxsize=16)
def _name_rule(
    masked: tuple[str, ...], unmasked: tuple[str, ...], pattern: re.Pattern[str] | None
) -> NameRule:
    return NameRule(masked=frozenset(masked), unmasked=frozenset(unmasked), pattern=pattern)


def _hidden_settings() -> re.Pattern[str]:
    """Return the pattern of the host's ``DEFAULT_EXCEPTION_REPORTER_FILTER``; Django's if it has none."""
    try:
        found = _filter_pattern(settings.DEFAULT_EXCEPTION_REPORTER_FILTER)
    except Exception:  # noqa: BLE001 - the host's code; masking must not fail
        found = None
    return found if isinstance(found, re.Pattern) else SafeExceptionReporterFilter.hidden_settings


@lru_cache(maxsize=16)
def _filter_pattern(path: str) -> Any:
    return getattr(import_string(path)(), "hidden_settings", None)


def limits() -> LimitSettings:
    """Return how large values may be."""
    return current().LIMITS


def database() -> str:
    """Return the alias of the database that stores runs."""
    return current().DATABASE


def http_policy() -> Policy:
    """Return the HTTP tool's limits and allowed addresses, from the current settings."""
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
        names=_http_name_rule(settings),
        ca_bundle=http.CA_BUNDLE,
        user_agent=http.USER_AGENT,
    )


def _http_name_rule(settings: Settings) -> NameRule:
    """Return the rule for headers and parameters. Django's own pattern hides any API, so it isn't used."""
    hidden = _hidden_settings()
    pattern = None if hidden == SafeExceptionReporterFilter.hidden_settings else hidden
    return _name_rule(settings.MASKED_FIELDS, settings.UNMASKED_FIELDS, pattern)
