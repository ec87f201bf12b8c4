"""Finding runs by what their payloads say. Secrets can't be found, or searching would tell them."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from squid_mesh import conf
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.inspection.masking import masked
from squid_mesh.models import Run
from squid_mesh.store.definitions import UnreadableBlueprint, read_blueprint_if_possible
from squid_mesh.store.values import SecretPaths

#: So many of the newest runs are looked through, and no more than so many found.
NEWEST: Final = 10_000
MOST: Final = 200


def with_payload_text(text: str) -> tuple[UUID, ...]:
    """The newest runs with that text in their payload, whatever the case of its ASCII letters.

    No index can help, so a bounded number of runs is looked through. Two queries, and one for each
    definition that this process hasn't met.
    """
    if not is_storable(text):
        return ()
    using = conf.database()
    runs = Run.objects.using(using).order_by("-created_at", "-id")
    oldest = runs.values_list("created_at", flat=True)[NEWEST : NEWEST + 1].first()
    rows = runs if oldest is None else runs.filter(created_at__gt=oldest)
    found = rows.annotate(text=Cast("payload", TextField())).filter(_written(text))
    listed = found.values_list("pk", "trigger", "definition_id", "payload", "secrets")[: 2 * MOST]
    return tuple(
        pk
        for pk, trigger, definition, payload, recorded in listed
        if text.casefold() in _shown(payload, trigger, definition, recorded, using).casefold()
    )[:MOST]


def _written(text: str) -> Q:
    """As databases write it: some of them escape what isn't ASCII."""
    escaped = json.dumps(text)[1:-1]
    return Q(text__icontains=text) | Q(text__icontains=escaped)


def _shown(payload: Any, trigger: str, definition: str, recorded: SecretPaths, using: str) -> str:
    blueprint = read_blueprint_if_possible(definition, using)
    if isinstance(blueprint, UnreadableBlueprint):
        return ""  # it isn't known which values are secret
    declared = blueprint.trigger(trigger)
    paths = [*(declared.secrets if declared else ()), *(recorded or ())]
    return json.dumps(masked(payload, paths), ensure_ascii=False)
