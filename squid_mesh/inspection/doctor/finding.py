"""The values of the doctor: findings, and the installation that a check examines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from squid_mesh.conf import Settings


class Severity(StrEnum):
    """``error``: something doesn't work. ``warning``: it works badly, or a person must act."""

    ERROR = "error"
    WARNING = "warning"


class Finding(BaseModel):
    """One problem. ``code`` is stable; ``problem`` and ``fix`` are one sentence each.

    ``details`` are JSON-ready; the code defines their keys.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    severity: Severity
    problem: str
    fix: str
    details: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An installation: its settings, the alias of the runs' database, and this machine's clock."""

    settings: Settings
    using: str
    clock: Callable[[], datetime]


Check = Callable[[Site], Iterable[Finding]]


def error(code: str, problem: str, fix: str, **details: Any) -> Finding:
    """Return a finding about something that doesn't work."""
    return Finding(code=code, severity=Severity.ERROR, problem=problem, fix=fix, details=details)


def warning(code: str, problem: str, fix: str, **details: Any) -> Finding:
    """Return a finding about something that works badly, or that a person must act on."""
    return Finding(code=code, severity=Severity.WARNING, problem=problem, fix=fix, details=details)
