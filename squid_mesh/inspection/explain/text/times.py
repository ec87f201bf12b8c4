"""Times and durations as explanations write them: times in UTC, with seconds within an hour from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_NEAR = timedelta(hours=1)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def time_text(moment: datetime | None, now: datetime) -> str:
    """Return ``14:02 UTC``; with the date on another day, with seconds within an hour from now."""
    if moment is None:
        return _("an unknown time")
    moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    time = moment.strftime("%H:%M:%S" if abs(moment - now) < _NEAR else "%H:%M")
    day = "" if moment.date() == now.date() else f"{moment.date().isoformat()} "
    return f"{day}{time} UTC"


def duration_text(duration: timedelta) -> str:
    """Return ``90 minutes``: rounded, in the largest unit of which there are at least two."""
    seconds = max(0.0, duration.total_seconds())
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
