"""Times and durations as pages show them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def format_time(when: datetime) -> str:
    """Return the time in the current timezone, to the second, as plain text."""
    local = timezone.localtime(when)
    return f"{formats.date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S}"


def render_time(when: datetime) -> SafeString:
    """Return the time as a ``<time>`` element; its title has the milliseconds and the timezone."""
    local = timezone.localtime(when)
    return format_html(
        '<time class="sqm-time" datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        local.isoformat(sep=" ", timespec="milliseconds"),
        format_time(when),
    )


def format_duration(duration: timedelta) -> str:
    """Return the duration in at most two units: ``250 ms``, ``12 s``, ``3 min 5 s``, ``4 d 3 h``."""
    seconds = max(0.0, duration.total_seconds())
    if seconds < 1:
        return _("%(n)s ms") % {"n": round(seconds * 1000)}
    if seconds < 10:
        return _("%(n)s s") % {"n": f"{seconds:.1f}"}
    whole = int(seconds)
    if whole < 60:
        return _("%(n)s s") % {"n": whole}
    if whole < 3600:
        return _join_units(_("%(n)s min") % {"n": whole // 60}, _("%(n)s s"), whole % 60)
    if whole < 86400:
        return _join_units(_("%(n)s h") % {"n": whole // 3600}, _("%(n)s min"), whole % 3600 // 60)
    return _join_units(_("%(n)s d") % {"n": whole // 86400}, _("%(n)s h"), whole % 86400 // 3600)


def _join_units(larger: str, smaller: str, number: int) -> str:
    return f"{larger} {smaller % {'n': number}}" if number else larger
