"""Times and spans as explanations write them: absolute and in UTC, short where they are near."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_NEAR = timedelta(hours=1)


def told_at(moment: datetime | None, now: datetime) -> str:
    """``14:02 UTC``; with the date on another day, with seconds where it is near."""
    if moment is None:
        return _("an unknown time")
    moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    time = moment.strftime("%H:%M:%S" if abs(moment - now) < _NEAR else "%H:%M")
    day = "" if moment.date() == now.date() else f"{moment.date().isoformat()} "
    return f"{day}{time} UTC"


def told_span(span: timedelta) -> str:
    """``3 hours``: the largest unit that fits, without fractions."""
    seconds = max(0, int(span.total_seconds()))
    if seconds >= 86400:
        return ngettext("%(n)d day", "%(n)d days", seconds // 86400) % {"n": seconds // 86400}
    if seconds >= 3600:
        return ngettext("%(n)d hour", "%(n)d hours", seconds // 3600) % {"n": seconds // 3600}
    if seconds >= 60:
        return ngettext("%(n)d minute", "%(n)d minutes", seconds // 60) % {"n": seconds // 60}
    return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
