"""The closed sets of words that a definition uses: one type and one tuple of its members for each.

To add a member, add it to the ``Literal``. The tuple, the rules and the error messages follow; mypy reports
every ``match`` that doesn't handle the new member.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

#: What a step with several incoming edges waits for.
Join = Literal["all", "any", "first"]
#: What happens to a step whose worker died: run it again, or pause for a person.
OnCrash = Literal["retry", "pause"]
#: A note in the history on why an ``on_error`` route exists.
Recovery = Literal["compensation", "undo"]
#: What starts a run.
TriggerKind = Literal["manual", "cron"]
#: Which of the scheduled times that passed while no cluster was running still start a run.
CatchUp = Literal["none", "latest", "all"]
#: What a scheduled time does while an earlier run of the same trigger is unfinished.
Overlap = Literal["allow", "skip"]
#: What a step asks people for.
RequestKind = Literal["approval", "pause"]

JOINS: Final[tuple[str, ...]] = get_args(Join)
ON_CRASH: Final[tuple[str, ...]] = get_args(OnCrash)
RECOVERIES: Final[tuple[str, ...]] = get_args(Recovery)
CATCH_UPS: Final[tuple[str, ...]] = get_args(CatchUp)
OVERLAPS: Final[tuple[str, ...]] = get_args(Overlap)
