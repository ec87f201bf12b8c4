"""One action on many runs: plan what would happen to which, then perform exactly that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.actions import SPECS, Action, ActionSpec, BulkSpec, Field
from squid_mesh.definitions.request import APPROVED
from squid_mesh.exceptions import InvalidArgument, SquidMeshError

#: The most runs at once: one request performs them all.
MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """An action with the spec of its entry in the menu."""

    action: Action
    bulk: BulkSpec

    @property
    def spec(self) -> ActionSpec:
        """The action's spec."""
        return SPECS[self.action]

    @property
    def exit(self) -> str:
        """The exit of an approval that it chooses, or an empty string."""
        return self.bulk.preset.get(Field.EXIT, "")


BULK_ACTIONS: Final = tuple(
    BulkAction(action=action, bulk=bulk) for action, spec in SPECS.items() for bulk in spec.bulk
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The action on one run, or on one of its steps."""

    run: api.Offered
    step: str
    visit: int | None
    irreversible: tuple[str, ...]

    @property
    def key(self) -> str:
        """All that the page shows of it as one text, which :func:`perform` compares."""
        return f"{self.run.run_id}:{self.visit or 0}:{self.step}:{','.join(self.irreversible)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A run, or one of its steps, that the action will not change."""

    run: api.Offered
    step: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the action will do. ``risky`` items repeat irreversible steps; the operator must allow them."""

    items: tuple[Item, ...]
    risky: tuple[Item, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An item that could not be performed."""

    run_id: UUID
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How many items were performed, and which were not."""

    done: int
    rejected: tuple[Rejected, ...]


def make_plan(wanted: BulkAction, run_ids: Sequence[UUID], user: Any) -> Plan:
    """Return what the action would do to those runs, in their order."""
    items: list[Item] = []
    skipped: list[Skipped] = []
    for run in api.list_available_actions(run_ids, user=user):
        found = [offer for offer in run.next_actions if offer.action is wanted.action]
        if not found:
            skipped.append(Skipped(run=run, step="", why=_("Not applicable in this status.")))
        for offer in found:
            why = _why_not(wanted, run, offer)
            if why:
                skipped.append(Skipped(run=run, step=offer.step, why=why))
            else:
                items.append(
                    Item(run=run, step=offer.step, visit=offer.visit, irreversible=offer.irreversible)
                )
    return Plan(
        items=tuple(one for one in items if not one.irreversible),
        risky=tuple(one for one in items if one.irreversible),
        skipped=tuple(skipped),
    )


def _why_not(wanted: BulkAction, run: api.Offered, offer: api.NextAction) -> str:
    if not offer.permitted:
        return offer.why_not
    if wanted.exit and wanted.exit not in offer.exits:
        return _("The approval has no such exit.")
    if wanted.exit == APPROVED and offer.step in run.forms:
        return _("The approval has a form. Decide it on its own page.")
    return ""


def perform(
    wanted: BulkAction,
    keys: Iterable[str],
    *,
    user: Any,
    note: str,
    allow_irreversible: bool = False,
    submission: str | None = None,
) -> Result:
    """Perform the items that were shown, one by one; an error of one doesn't stop the others.

    An item that would do something else now than the page showed is rejected. ``submission`` is the key of
    the form: what starts runs starts each only once for it.

    Raises:
        InvalidArgument: a key isn't an :attr:`Item.key`.
    """
    done = 0
    rejected: list[Rejected] = []
    shown = list(_read_keys(keys, needs_step=wanted.spec.needs_step))
    current = _current_keys(wanted, dict.fromkeys(run_id for run_id, *_rest in shown), user)
    fields: dict[str, Any] = {name.value: value for name, value in wanted.bulk.preset.items()}
    fields[wanted.spec.note.value] = note
    if Field.ALLOW_IRREVERSIBLE in wanted.spec.fields:
        fields[Field.ALLOW_IRREVERSIBLE.value] = allow_irreversible
    for run_id, visit, step, key in shown:
        if current.get((run_id, step), key) != key:
            why = _("It changed since the page was shown. Check it again.")
            rejected.append(Rejected(run_id=run_id, why=why))
            continue
        if Field.IDEMPOTENCY_KEY in wanted.spec.fields and submission is not None:
            fields[Field.IDEMPOTENCY_KEY.value] = f"{submission}:{run_id}"
        try:
            api.perform_action(wanted.action, run_id, step=step, visit=visit, actor=user, **fields)
        except SquidMeshError as error:
            rejected.append(Rejected(run_id=run_id, why=error.message))
        else:
            done += 1
    return Result(done=done, rejected=tuple(rejected))


def _current_keys(wanted: BulkAction, run_ids: Iterable[UUID], user: Any) -> dict[tuple[UUID, str], str]:
    """Return the keys of what is possible now, by run and step."""
    listed = list(run_ids)
    plans = [make_plan(wanted, listed[n : n + MOST], user) for n in range(0, len(listed), MOST)]
    items = [one for plan in plans for one in (*plan.items, *plan.risky)]
    return {(one.run.run_id, one.step): one.key for one in items}


def _read_keys(keys: Iterable[str], *, needs_step: bool) -> Iterator[tuple[UUID, int | None, str, str]]:
    for key in list(dict.fromkeys(keys))[: 5 * MOST]:
        try:
            run_id, visit, step, _irreversible = key.split(":")
            if needs_step and not step:
                raise ValueError
            yield UUID(run_id), int(visit) or None, step, key
        except ValueError:
            raise InvalidArgument("The form is invalid. Open the page again.", argument="item") from None
