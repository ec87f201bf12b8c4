"""Times and spans as explanations write them: absolute and in UTC, short where they are near."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_NEAR = timedelta(hours=1)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def told_at(moment: datetime | None, now: datetime) -> str:
    """``14:02 UTC``; with the date on another day, with seconds where it is near."""
    if moment is None:
        return _("an unknown time")
    moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    time = moment.strftime("%H:%M:%S" if abs(moment - now) < _NEAR else "%H:%M")
    day = "" if moment.date() == now.date() else f"{moment.date().isoformat()} "
    return f"{day}{time} UTC"


def told_span(span: timedelta) -> str:
    """``90 minutes``: rounded, in a unit of which there are some."""
    seconds = max(0.0, span.total_seconds())
    if seconds >= 2 * _DAY:
        days = round(seconds / _DAY)
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if seconds >= 2 * _HOUR:
        hours = round(seconds / _HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    if seconds >= 2 * _MINUTE:
        minutes = round(seconds / _MINUTE)
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d second", "%(n)d seconds", round(seconds)) % {"n": round(seconds)}
