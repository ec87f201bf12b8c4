"""The ``SQUID_MESH`` settings: one dict, typed, read on every access so that ``override_settings`` works."""

from __future__ import annotations

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field


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


def current() -> Settings:
    """The settings as they are now.

    Raises:
        pydantic.ValidationError: a key is unknown or a value has the wrong type.
    """
    return Settings.model_validate(getattr(settings, "SQUID_MESH", {}))


def database() -> str:
    """The alias of the database that holds runs."""
    return current().DATABASE
