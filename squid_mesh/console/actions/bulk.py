"""One action on many runs: what would happen to which, who is left out and why, and then what did happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from squid_mesh import api
from squid_mesh.actions import Action
from squid_mesh.console.actions.calls import Wish, carry_out
from squid_mesh.definitions.request import APPROVED, REJECTED
from squid_mesh.exceptions import InvalidArgument, SquidMeshError

#: So many runs at once: one request does them all.
MOST: Final = 200


class Bulk(StrEnum):
    """What can be done to a list of runs."""

    CANCEL = "cancel"
    APPROVE = "approve"
    REJECT = "reject"
    UNBLOCK = "unblock"
    RETRY = "retry"
    REPLAY = "replay"

    @property
    def action(self) -> Action:
        """What that is for one of them."""
        return _ACTIONS[self]

    @property
    def exit(self) -> str:
        """The exit of an approval that it chooses."""
        return _EXITS.get(self, "")


_ACTIONS: Final = {
    Bulk.CANCEL: Action.CANCEL,
    Bulk.APPROVE: Action.DECIDE,
    Bulk.REJECT: Action.DECIDE,
    Bulk.UNBLOCK: Action.UNBLOCK,
    Bulk.RETRY: Action.RETRY,
    Bulk.REPLAY: Action.REPLAY,
}
_EXITS: Final = {Bulk.APPROVE: APPROVED, Bulk.REJECT: REJECTED}
EFFECTS: Final[dict[Bulk, str | Promise]] = {
    Bulk.CANCEL: gettext_lazy("The run ends; steps that are executing finish first."),
    Bulk.APPROVE: gettext_lazy("Your approval is recorded; the run goes on once enough people have said so."),
    Bulk.REJECT: gettext_lazy("Your rejection is recorded; the run goes its way for rejections."),
    Bulk.UNBLOCK: gettext_lazy("The pause ends and the run goes on."),
    Bulk.RETRY: gettext_lazy("The step runs again now, in the same visit; a failed run is reopened."),
    Bulk.REPLAY: gettext_lazy("A new run starts with the same payload, linked to this one."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One thing that would be done. ``key`` is how the page says that it was shown."""

    run: api.Offered
    step: str
    visit: int | None
    irreversible: tuple[str, ...]

    @property
    def key(self) -> str:
        """As one text, which :func:`do` reads: all that the page said of it."""
        return f"{self.run.run_id}:{self.visit or 0}:{self.step}:{','.join(self.irreversible)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A run, or one of its steps, that nothing would happen to."""

    run: api.Offered
    step: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the action comes to. ``risky`` would repeat what can't be undone, and needs a tick."""

    doing: tuple[Doing, ...]
    risky: tuple[Doing, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was refused at the last moment."""

    run_id: UUID
    why: str


def plan(bulk: Bulk, run_ids: Sequence[UUID], user: Any) -> Plan:
    """What would happen to those runs, in their order."""
    doing: list[Doing] = []
    left: list[LeftOut] = []
    for run in api.offer_actions(run_ids, user=user):
        found = [offer for offer in run.next_actions if offer.action is bulk.action]
        if not found:
            left.append(LeftOut(run=run, step="", why=_("It isn’t possible now.")))
        for offer in found:
            why = _why_not(bulk, run, offer)
            if why:
                left.append(LeftOut(run=run, step=offer.step, why=why))
            else:
                doing.append(
                    Doing(run=run, step=offer.step, visit=offer.visit, irreversible=offer.irreversible)
                )
    return Plan(
        doing=tuple(one for one in doing if not one.irreversible),
        risky=tuple(one for one in doing if one.irreversible),
        left_out=tuple(left),
    )


def _why_not(bulk: Bulk, run: api.Offered, offer: api.NextAction) -> str:
    if not offer.permitted:
        return offer.why_not
    if bulk.exit and bulk.exit not in offer.exits:
        return _("The approval has no such exit.")
    if bulk is Bulk.APPROVE and offer.step in run.forms:
        return _("The approval has a form: decide it on its own page.")
    return ""


def do(
    bulk: Bulk, keys: Iterable[str], *, user: Any, reason: str, allow_irreversible: bool = False
) -> tuple[int, list[Refused]]:
    """Do what was shown, one by one, each for itself; how many were done, and what was refused.

    What comes to something else by now than the page said is refused.

    Raises:
        InvalidArgument: a key is none of :attr:`Doing.key`.
    """
    done, refused = 0, []
    shown = list(_read(keys, of_steps=bulk.action not in (Action.CANCEL, Action.REPLAY)))
    now = _now(bulk, dict.fromkeys(run_id for run_id, *_rest in shown), user)
    for run_id, visit, step, key in shown:
        if now.get((run_id, step), key) != key:
            refused.append(Refused(run_id=run_id, why=_("It isn’t as it was shown any more: look again.")))
            continue
        wish = Wish(
            run_id=run_id,
            action=bulk.action,
            step=step,
            visit=visit,
            exit=bulk.exit,
            reason=reason,
            allow_irreversible=allow_irreversible,
        )
        try:
            carry_out(wish, user)
        except SquidMeshError as error:
            refused.append(Refused(run_id=run_id, why=error.message))
        else:
            done += 1
    return done, refused


def _now(bulk: Bulk, run_ids: Iterable[UUID], user: Any) -> dict[tuple[UUID, str], str]:
    """The keys of what is possible now, by run and step."""
    listed = list(run_ids)
    plans = [plan(bulk, listed[n : n + MOST], user) for n in range(0, len(listed), MOST)]
    every = [one for found in plans for one in (*found.doing, *found.risky)]
    return {(one.run.run_id, one.step): one.key for one in every}


def _read(keys: Iterable[str], *, of_steps: bool) -> Iterator[tuple[UUID, int | None, str, str]]:
    for key in list(dict.fromkeys(keys))[: 5 * MOST]:
        try:
            run_id, visit, step, _irreversible = key.split(":")
            if of_steps and not step:
                raise ValueError
            yield UUID(run_id), int(visit) or None, step, key
        except ValueError:
            raise InvalidArgument("The form was changed on its way.", argument="item") from None
