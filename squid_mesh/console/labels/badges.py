"""Small marks that lists and pages share, as HTML: badges of a status, moments."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from squid_mesh.console.labels.statuses import look_of

#: So many characters of a text that somebody wrote, or of a value, are shown.
_LONGEST: Final = 5_000


def badge(status: str) -> SafeString:
    """The status as a sign and a word, in its tone."""
    look = look_of(status)
    return format_html(
        '<span class="sqm-pill sqm-tone-{}"><svg class="sqm-sign" viewBox="0 0 16 16" width="12" height="12"'
        ' aria-hidden="true" focusable="false"><path d="{}"/></svg>{}</span>',
        look.tone,
        look.sign,
        look.word,
    )


def moment(when: datetime) -> SafeString:
    """A moment in the present timezone, to the second; all of it for machines and on hovering."""
    local = timezone.localtime(when)
    return format_html(
        '<time class="sqm-moment" datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        local.isoformat(sep=" ", timespec="milliseconds"),
        told(when),
    )


def clipped(text: str) -> str:
    """The text; of a very long one its beginning. The raw JSON has all of it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def told(when: datetime) -> str:
    """A moment in the present timezone, to the second, for a sentence."""
    local = timezone.localtime(when)
    return f"{formats.date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S}"
