"""Finding runs by their ID, or by the beginning of it that a page or a log shows."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django.db.models import Q

#: Fewer digits would find every run of some days: an ID begins with its time.
_SHORTEST: Final = 8


def match_id(term: str) -> Q:
    """Match the run, or the runs, whose ID begins so; nothing if the term can't be one. Uses the primary key.

    Hyphens, spaces, braces and an ellipsis at the end are ignored.
    """
    digits = re.sub(r"[{}\s…-]", "", term.lower())
    if not _SHORTEST <= len(digits) <= 32 or re.fullmatch(r"[0-9a-f]+", digits) is None:
        return Q()
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    return Q(pk=first) if first == last else Q(pk__gte=first, pk__lte=last)
