"""How long something took, or has taken so far, in few characters."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _


def span(length: timedelta) -> str:
    """``0.25 s``, ``12 s``, ``3 min 5 s``, ``2 h 10 min``, ``4 d 3 h``: two units at most."""
    seconds = max(0.0, length.total_seconds())
    if seconds < 1:
        return _("%(n)s ms") % {"n": round(seconds * 1000)}
    if seconds < 10:
        return _("%(n)s s") % {"n": f"{seconds:.1f}"}
    whole = int(seconds)
    if whole < 60:
        return _("%(n)s s") % {"n": whole}
    if whole < 3600:
        return _("%(m)s min %(s)s s") % {"m": whole // 60, "s": whole % 60}
    if whole < 86400:
        return _("%(h)s h %(m)s min") % {"h": whole // 3600, "m": whole % 3600 // 60}
    return _("%(d)s d %(h)s h") % {"d": whole // 86400, "h": whole % 86400 // 3600}
