"""Loading a user's groups once, for permission checks on many steps."""

from __future__ import annotations

import copy
from typing import Any

from django.db.models import Model, prefetch_related_objects


def load_groups(user: Any) -> Any:
    """Return a copy of the user with their groups loaded, so that many checks need no more queries."""
    if "groups" in getattr(user, "_prefetched_objects_cache", {}):
        return user
    if not isinstance(user, Model) or user.pk is None or not hasattr(user, "groups"):
        return user
    loaded = copy.copy(user)
    prefetch_related_objects([loaded], "groups")
    return loaded
