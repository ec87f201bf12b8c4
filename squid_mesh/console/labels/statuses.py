"""How a status looks: a word, a tone and a sign, so that none of them says it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_CIRCLE = "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11"
_CHECK = "M3 8.5 6.5 12 13 4.5"
_CROSS = "M4 4 12 12M12 4 4 12"
_PLAY = "M5 3 12.5 8 5 13Z"
_CLOCK = f"{_CIRCLE}M8 5V8l2.2 1.8"
_PAUSE = "M5.5 3.5v9M10.5 3.5v9"
_SLASH = f"{_CIRCLE}M4.2 4.2l7.6 7.6"
_QUESTION = "M5.2 5.8a2.8 2.8 0 1 1 4.2 2.4c-1 .6-1.4 1-1.4 2M8 13v.1"
_AGAIN = "M12.5 5.5A5.2 5.2 0 1 0 13 9.5M13 2.5v3.4H9.6"
_ON = "M6 3.5 10.5 8 6 12.5"
_OVER = "M2.5 11c1-6 9-6 10.5-.5M13.2 6.5v4.2h-4.2"
_PAST = "M3.5 4 7.5 8l-4 4M8.5 4l4 4-4 4"


@dataclass(frozen=True, slots=True)
class Look:
    """``tone``: ``good``, ``bad``, ``busy``, ``wait``, ``person``, ``idle``. ``sign``: a path, 16 by 16."""

    word: str | Promise
    tone: str
    sign: str


_LOOKS: Final[Mapping[str, Look]] = {
    "pending": Look(_("pending"), "idle", _CLOCK),
    "ready": Look(_("ready"), "busy", _ON),
    "running": Look(_("running"), "busy", _PLAY),
    "retrying": Look(_("retrying"), "wait", _AGAIN),
    "waiting": Look(_("waiting"), "wait", _CLOCK),
    "paused": Look(_("paused"), "person", _PAUSE),
    "unknown": Look(_("outcome unknown"), "person", _QUESTION),
    "failing": Look(_("failing"), "bad", _PLAY),
    "cancelling": Look(_("cancelling"), "idle", _PLAY),
    "completed": Look(_("completed"), "good", _CHECK),
    "failed": Look(_("failed"), "bad", _CROSS),
    "cancelled": Look(_("cancelled"), "idle", _SLASH),
    "skipped": Look(_("skipped"), "idle", _PAST),
    "bypassed": Look(_("bypassed"), "idle", _OVER),
    # How attempts end, where that is no status of a step.
    "timed_out": Look(_("timed out"), "bad", _CLOCK),
    "deferred": Look(_("deferred"), "wait", _CLOCK),
    "interrupted": Look(_("interrupted"), "bad", _SLASH),
}


def look_of(status: str) -> Look:
    """The look of a run's or a step's status, or of how an attempt ended."""
    return _LOOKS.get(str(status)) or Look(str(status), "idle", _CIRCLE)
