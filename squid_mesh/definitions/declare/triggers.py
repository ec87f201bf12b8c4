"""The declarations of triggers: ``cron("0 9 * * 1-5")`` and ``manual()``."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh.definitions.choices import CatchUp, Overlap, TriggerKind
from squid_mesh.definitions.problems import Location, find_caller


class TriggerDeclaration:
    """A trigger as written, not yet checked. The attribute it is assigned to is its name."""

    def __init__(
        self,
        kind: TriggerKind,
        location: Location,
        *,
        payload: type[BaseModel] | None = None,
        cron: str | None = None,
        timezone: str | None = None,
        catch_up: CatchUp | None = None,
        overlap: Overlap | None = None,
    ) -> None:
        self.kind = kind
        self.location = location
        self.payload = payload
        self.cron = cron
        self.timezone = timezone
        self.catch_up = catch_up
        self.overlap = overlap
        self.names: tuple[str, ...] = ()

    def __set_name__(self, owner: type, name: str) -> None:
        self.names = (*self.names, name)


def cron(
    expression: str,
    *,
    timezone: str = "Etc/UTC",
    payload: type[BaseModel] | None = None,
    catch_up: CatchUp = "latest",
    overlap: Overlap = "allow",
) -> TriggerDeclaration:
    """Start the workflow at scheduled times, given by a five-field cron expression.

    Args:
        expression: minute, hour, day of the month, month, weekday.
        timezone: the timezone of the expression, a name of the timezone database.
        payload: the payload's model; by default the workflow's ``Payload``. All fields need defaults.
        catch_up: which scheduled times that passed while no cluster was running start a run: ``none`` of
            them, only the ``latest``, or ``all``, one after another.
        overlap: what happens at a scheduled time while a run of this trigger is unfinished: ``allow``
            starts another run, ``skip`` skips that scheduled time.
    """
    return TriggerDeclaration(
        "cron",
        find_caller(),
        payload=payload,
        cron=expression,
        timezone=timezone,
        catch_up=catch_up,
        overlap=overlap,
    )


def manual(*, payload: type[BaseModel] | None = None) -> TriggerDeclaration:
    """Start the workflow by a call. ``payload`` is its model, by default the workflow's ``Payload``."""
    return TriggerDeclaration("manual", find_caller(), payload=payload)
