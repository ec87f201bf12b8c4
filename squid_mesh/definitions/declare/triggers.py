"""Declaring how a workflow is started: ``cron("0 9 * * 1-5")`` or ``manual()``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from squid_mesh.definitions.blueprint import CatchUp, Overlap
from squid_mesh.definitions.problems import Location, find_caller


class TriggerDeclaration:
    """A trigger as written; the attribute it is assigned to is its name."""

    def __init__(
        self,
        kind: Literal["manual", "cron"],
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
    """Start the workflow by the clock: a five-field cron expression in its own timezone.

    Args:
        expression: minute, hour, day of the month, month, weekday.
        timezone: whose wall clock that is, as in the timezone database.
        payload: the model of its payload, whose fields all have defaults; else the workflow's ``Payload``.
        catch_up: what becomes of windows that passed while no cluster was up: ``none`` of them is made up,
            the ``latest``, or ``all``, one after another.
        overlap: whether a window starts a run while one of this trigger's is not over: ``allow``, or
            ``skip`` that window.
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
    """Start the workflow by a call, with a payload of that model or of the workflow's ``Payload``."""
    return TriggerDeclaration("manual", find_caller(), payload=payload)
