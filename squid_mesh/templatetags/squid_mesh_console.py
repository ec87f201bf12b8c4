"""The tags that the console's templates share: badges, moments, JSON, the navigation."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from squid_mesh import api
from squid_mesh.console import navigation
from squid_mesh.console.statuses import look_of

register = template.Library()


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """The status as a sign and a word, in its tone."""
    look = look_of(status)
    return format_html(
        '<span class="sqm-pill sqm-tone-{}"><svg class="sqm-sign" viewBox="0 0 16 16" width="12" height="12"'
        ' aria-hidden="true" focusable="false"><path d="{}"/></svg>{}</span>',
        look.tone,
        look.sign,
        look.word,
    )


@register.simple_tag
def moment(when: datetime | None, missing: str = "–") -> SafeString | str:
    """A moment in the present timezone, to the second; all of it for machines and on hovering."""
    if when is None:
        return missing
    local = timezone.localtime(when)
    return format_html(
        '<time class="sqm-moment" datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        local.isoformat(sep=" ", timespec="milliseconds"),
        f"{formats.date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S}",
    )


@register.filter
def as_json(value: Any) -> str:
    """The value as people read JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.inclusion_tag("admin/squid_mesh/includes/navigation.html", takes_context=True)
def console_navigation(context: template.Context) -> dict[str, Any]:
    """The links between the console's pages."""
    request: HttpRequest = context["request"]
    waiting = api.waiting_count(request.user)
    number = f"{waiting.number}{'+' if waiting.more else ''}" if waiting.number else ""
    return {"places": navigation.places(request, {"inbox": number})}
