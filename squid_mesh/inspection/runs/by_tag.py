"""Finding runs by their tags: the newest first, along the index of the tags, on every database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from squid_mesh import conf
from squid_mesh.models import Run, RunTag

#: A run's place in the order of a list.
Place = tuple[datetime, UUID]
#: The order of a list, as the tag's rows have it: sorted by the runs' own columns it would be sorted anew.
NEWEST: Final = ("-tagged__created_at", "-tagged__run_id")
#: So far back the runs of several tags are looked at, to begin with the rarest of these.
_DEPTH: Final = 1_000


def tagged_with(tags: Sequence[str], runs: QuerySet[Run], place: Place | None = None) -> QuerySet[Run]:
    """Those of the runs that have all of the tags, the newest first, after that place where one is given.

    Where there are several, one query finds the rarest.
    """
    first = _rarest(tags) if len(tags) > 1 else tags[0]
    wanted = Q(tagged__tag=first)
    if place is not None:
        created_at, run_id = place
        wanted &= Q(tagged__created_at__lt=created_at) | Q(
            tagged__created_at=created_at, tagged__run_id__lt=run_id
        )
    runs = runs.filter(wanted).order_by(*NEWEST)
    for other in tags:
        if other != first:
            runs = runs.filter(Exists(RunTag.objects.filter(run_id=OuterRef("pk"), tag=other)))
    return runs


def _rarest(tags: Sequence[str]) -> str:
    """The tag whose last so many runs reach back the furthest, or that has fewer."""
    rows = RunTag.objects.using(conf.database())
    deep = [rows.filter(tag=tag).order_by("-created_at", "-run_id")[_DEPTH : _DEPTH + 1] for tag in tags]
    found = rows.filter(tag=tags[0]).values_list(*(Subquery(row.values("created_at")) for row in deep))[:1]
    began = next(iter(found), None)
    if began is None:  # there is no run of the first
        return tags[0]
    return min(zip(tags, began, strict=True), key=lambda pair: (pair[1] is not None, pair[1]))[0]
