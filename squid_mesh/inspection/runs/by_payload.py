"""Finding runs by text in their payloads. Secrets can't be found, so that a search can't reveal them."""

from __future__ import annotations

import json
from itertools import islice
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

#: How many of the newest runs are searched, and how many are returned at most.
NEWEST: Final = 10_000
MOST: Final = 200
#: How many payloads are in memory at once.
_CHUNK: Final = 20


def find_runs_by_payload(text: str) -> tuple[UUID, ...]:
    """Return the newest runs with that text in their payload, in upper or lower case.

    No index can help, so a bounded number of runs is searched. Two queries, and one for each definition that
    this process hasn't read yet.
    """
    if not is_storable(text):
        return ()
    using = conf.database()
    runs = Run.objects.using(using).order_by("-created_at", "-id")
    oldest = runs.values_list("created_at", flat=True)[NEWEST : NEWEST + 1].first()
    rows = runs if oldest is None else runs.filter(created_at__gt=oldest)
    found = rows.annotate(text=Cast("payload", TextField())).filter(_written(text))
    listed = found.values_list("pk", "trigger", "definition_id", "payload", "secrets")[: 2 * MOST]
    matching = (
        pk
        for pk, trigger, definition, payload, recorded in listed.iterator(chunk_size=_CHUNK)
        if text.casefold() in _shown(payload, trigger, definition, recorded, using).casefold()
    )
    return tuple(islice(matching, MOST))


def _written(text: str) -> Q:
    """Match the text as databases store it: some escape characters that aren't ASCII."""
    escaped = json.dumps(text)[1:-1]
    return Q(text__icontains=text) | Q(text__icontains=escaped)


def _shown(payload: Any, trigger: str, definition: str, recorded: SecretPaths, using: str) -> str:
    blueprint = read_blueprint_if_possible(definition, using)
    if isinstance(blueprint, UnreadableBlueprint):
        return ""  # it isn't known which values are secret
    declared = blueprint.trigger(trigger)
    paths = [*(declared.secrets if declared else ()), *(recorded or ())]
    return json.dumps(masked(payload, paths), ensure_ascii=False)
