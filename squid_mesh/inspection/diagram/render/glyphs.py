"""Small signs as paths in a square of 16 pixels, since fonts lack some of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from squid_mesh.inspection.diagram.drawing import Sign
from squid_mesh.lifecycle import StepStatus

_CIRCLE = "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11"
CHECK: Final = "M3 8.5 6.5 12 13 4.5"
CROSS: Final = "M4 4 12 12M12 4 4 12"

UNRECOGNIZED: Final = "M5.2 5.8a2.8 2.8 0 1 1 4.2 2.4c-1 .6-1.4 1-1.4 2M8 13v.1"

STATUSES: Final[Mapping[StepStatus, str]] = {
    StepStatus.PENDING: _CIRCLE,
    StepStatus.READY: "M6 3.5 10.5 8 6 12.5",
    StepStatus.RUNNING: "M5 3 12.5 8 5 13Z",
    StepStatus.WAITING: f"{_CIRCLE}M8 5V8l2.2 1.8",
    StepStatus.PAUSED: "M5.5 3.5v9M10.5 3.5v9",
    StepStatus.UNKNOWN: UNRECOGNIZED,
    StepStatus.COMPLETED: CHECK,
    StepStatus.FAILED: CROSS,
    StepStatus.SKIPPED: "M3.5 4 7.5 8l-4 4M8.5 4l4 4-4 4",
    StepStatus.BYPASSED: "M2.5 11c1-6 9-6 10.5-.5M13.2 6.5v4.2h-4.2",
    StepStatus.CANCELLED: f"{_CIRCLE}M4.2 4.2l7.6 7.6",
}
SIGNS: Final[Mapping[Sign, str]] = {
    Sign.WAIT: "M4 2.5h8M4 13.5h8M5 2.5c0 4.5 6 6.5 6 11M11 2.5c0 4.5-6 6.5-6 11",
    Sign.LOG: "M3 4.5h10M3 8h10M3 11.5h6",
    Sign.PAUSE: "M5.5 3.5v9M10.5 3.5v9",
    Sign.APPROVAL: "M8 7.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 1 0 0 5M3 14c0-3 2-4.5 5-4.5s5 1.5 5 4.5",
    Sign.GUARD: "M8 2.2 13.8 8 8 13.8 2.2 8Z",
    Sign.ALL: "M3.5 2.5v3.5c0 2 4.5 2 4.5 4.5v3M12.5 2.5v3.5c0 2-4.5 2-4.5 4.5M3 2.5h1M12 2.5h1",
    Sign.FIRST: "M5 14V2.5h7.5L10.5 5.2l2 2.8H5",
    Sign.IRREVERSIBLE: "M4 7.5h8v6H4zM5.7 7.5V5.3a2.3 2.3 0 0 1 4.6 0v2.2",
}
