"""What a running step is told about its run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StepContext:
    """Injected into a step by its annotation; under a unit test it is an ordinary value to build.

    ``state`` is the payload and the outputs of the steps that lead here, merged. ``results`` holds each of
    those steps' own output by step name. ``attempt`` counts executions from 1, ``visit`` the times the
    run came here. ``schedule`` is set on runs that a clock started. ``resumed`` is true when the step runs
    again after it waited or deferred. ``request`` is what the step has asked of people, as stored, when its
    deadline resumes it.
    """

    run_id: UUID
    workflow: str
    step: str
    attempt: int = 1
    visit: int = 1
    state: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    schedule: Mapping[str, Any] | None = None
    resumed: bool = False
    request: Mapping[str, Any] | None = None

    @property
    def idempotency_key(self) -> str:
        """Stable across the attempts of this step in this visit: give it to the systems you call."""
        return f"{self.run_id}:{self.step}:{self.visit}"

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        """The ``squid_mesh.step`` logger; its records carry run, workflow, step and attempt."""
        return logging.LoggerAdapter(
            logging.getLogger("squid_mesh.step"),
            {
                "run_id": str(self.run_id),
                "workflow": self.workflow,
                "step": self.step,
                "attempt": self.attempt,
            },
        )
