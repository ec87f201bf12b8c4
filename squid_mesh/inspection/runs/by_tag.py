"""Finding runs by tags, newest first, along the index of the tags on every database."""

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
#: The order of a list by the tag's columns: by the run's own columns, the database would sort all rows.
NEWEST: Final = ("-tagged__created_at", "-tagged__run_id")
#: How many runs of each tag are considered to find the rarest of several tags.
_DEPTH: Final = 1_000


def filter_by_tags(tags: Sequence[str], runs: QuerySet[Run], place: Place | None = None) -> QuerySet[Run]:
    """Return those of the runs that have all tags, newest first, after that place if there is one.

    With several tags, one query finds the rarest.
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
    """Return the tag that has the fewest runs, or whose latest runs reach back the furthest."""
    rows = RunTag.objects.using(conf.database())
    deep = [rows.filter(tag=tag).order_by("-created_at", "-run_id")[_DEPTH : _DEPTH + 1] for tag in tags]
    found = rows.filter(tag=tags[0]).values_list(*(Subquery(row.values("created_at")) for row in deep))[:1]
    oldest = next(iter(found), None)
    if oldest is None:  # there is no run of the first
        return tags[0]
    return min(zip(tags, oldest, strict=True), key=lambda pair: (pair[1] is not None, pair[1]))[0]
