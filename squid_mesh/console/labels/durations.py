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
        return _two(_("%(n)s min") % {"n": whole // 60}, _("%(n)s s"), whole % 60)
    if whole < 86400:
        return _two(_("%(n)s h") % {"n": whole // 3600}, _("%(n)s min"), whole % 3600 // 60)
    return _two(_("%(n)s d") % {"n": whole // 86400}, _("%(n)s h"), whole % 86400 // 3600)


def _two(larger: str, smaller: str, number: int) -> str:
    return f"{larger} {smaller % {'n': number}}" if number else larger
