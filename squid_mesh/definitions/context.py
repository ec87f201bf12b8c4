"""The context that a running step can ask for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from squid_mesh.hooks import GuardedAdapter


@dataclass(frozen=True, slots=True)
class StepContext:
    """The run and the step that are executing. A parameter with this annotation receives it.

    In a unit test, build one and pass it.

    Attributes:
        run_id: the run's id.
        workflow: the workflow's name, such as ``shop.Order``.
        step: the step's name.
        attempt: counts the executions of this step in this visit, from 1.
        visit: counts how often the run has reached this step, from 1. Each rewind past the step adds one.
        state: the payload merged with the outputs of the steps that lead here.
        results: the output of each of those steps, by step name.
        schedule: the scheduled time of a run that a cron trigger started, else None.
        resumed: True if the step runs again after a wait or a ``Defer``.
        request: what an approval asked, as stored, when its deadline resumes it. None in your own steps.
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
        """The same text in every attempt of this visit. Pass it to the systems that the step calls."""
        return f"{self.run_id}:{self.step}:{self.visit}"

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        """The logger ``squid_mesh.step``. Its records carry the run's id, workflow, step and attempt.

        A log handler of the project that raises doesn't fail the step.
        """
        return GuardedAdapter(
            logging.getLogger("squid_mesh.step"),
            {
                "run_id": str(self.run_id),
                "workflow": self.workflow,
                "step": self.step,
                "attempt": self.attempt,
            },
        )
