"""What the doctor finds, and what a check is given to look at: values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from squid_mesh.conf import Settings


class Severity(StrEnum):
    """``error``: something doesn't work. ``warning``: it works badly, or waits for a person."""

    ERROR = "error"
    WARNING = "warning"


class Finding(BaseModel):
    """One thing that is wrong. ``code`` is stable, ``problem`` and ``mend`` are a sentence each.

    ``details`` are JSON-ready, their keys the code's.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    severity: Severity
    problem: str
    mend: str
    details: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The installation: its settings, the alias of the runs' database, and this machine's clock."""

    settings: Settings
    using: str
    clock: Callable[[], datetime]


Check = Callable[[Site], Iterable[Finding]]


def error(code: str, problem: str, mend: str, **details: Any) -> Finding:
    """Something that doesn't work."""
    return Finding(code=code, severity=Severity.ERROR, problem=problem, mend=mend, details=details)


def warning(code: str, problem: str, mend: str, **details: Any) -> Finding:
    """Something that works badly, or waits for a person."""
    return Finding(code=code, severity=Severity.WARNING, problem=problem, mend=mend, details=details)
