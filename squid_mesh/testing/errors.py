"""The errors of the test kit."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from squid_mesh.exceptions import SquidMeshError


class TestKitError(SquidMeshError):
    """Base of the test kit's errors."""

    code = "test_kit_error"
    __test__ = False  # not a class of tests


class VirtualTimeClosed(TestKitError):
    """The time was to move outside of :func:`squid_mesh.testing.virtual_time`."""

    code = "virtual_time_closed"

    def __init__(self) -> None:
        super().__init__(
            "Time moves inside virtual_time() only, which puts it back after the test. The pytest plugin "
            "opens it for each test; in a class of unittest or Django, call "
            "self.enterContext(virtual_time()) in setUp."
        )


class StillBusy(TestKitError):
    """Steps were due again and again until the limit of real time.

    ``details``: ``seconds``, and ``steps``, each with ``run_id``, ``workflow`` and ``step``: what is due or
    waits for a time.
    """

    code = "still_busy"

    def __init__(self, seconds: float, steps: Iterable[tuple[UUID, str, str]]) -> None:
        listed = [{"run_id": str(run), "workflow": workflow, "step": step} for run, workflow, step in steps]
        names = sorted({f"{one['step']} of {one['workflow']}" for one in listed})
        super().__init__(
            f"After {seconds:g} seconds of real time there was still work: {', '.join(names) or 'no step'}. "
            "Does a step defer itself or retry with hardly any delay? Does a cron trigger fire too often for "
            "the test?",
            seconds=seconds,
            steps=listed,
        )
