"""The tags that the console's templates share: badges, moments, JSON, the navigation."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from squid_mesh.console.base import navigation
from squid_mesh.console.labels import badges
from squid_mesh.console.views.inbox_admin import count_waiting

#: So many characters of JSON are shown.
_LONGEST = 20_000

register = template.Library()


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """The status as a sign and a word, in its tone."""
    return badges.badge(status)


@register.simple_tag
def moment(when: datetime | None, missing: str = "–") -> SafeString | str:
    """A moment in the present timezone, to the second; all of it for machines and on hovering."""
    return missing if when is None else badges.moment(when)


@register.filter
def clipped(text: str) -> str:
    """The text; of a very long one its beginning."""
    return badges.clipped(text)


@register.filter
def prose(text: str) -> SafeString:
    """A doc string as paragraphs: where its lines end in the code means nothing here."""
    return format_html_join(
        "", '<p class="sqm-doc">{}</p>', ((" ".join(part.split()),) for part in text.split("\n\n"))
    )


@register.inclusion_tag("admin/squid_mesh/includes/json.html")
def json_block(value: Any, label: str) -> dict[str, Any]:
    """The value as people read JSON, in a box of its own; what is very long is cut."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return {"text": text[:_LONGEST], "cut": len(text) > _LONGEST, "label": label}


@register.inclusion_tag("admin/squid_mesh/includes/navigation.html", takes_context=True)
def console_navigation(context: template.Context) -> dict[str, Any]:
    """The links between the console's pages."""
    request: HttpRequest = context["request"]
    waiting = count_waiting(request)
    number = f"{waiting.number}{'+' if waiting.more else ''}" if waiting.number else ""
    return {"places": navigation.places(request, {"inbox": number})}
