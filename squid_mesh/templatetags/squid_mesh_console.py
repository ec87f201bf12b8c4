"""The tags and filters that the console's templates share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from squid_mesh.console.base import navigation
from squid_mesh.console.labels import errors, statuses, texts, times
from squid_mesh.console.views.inbox_admin import count_waiting_for_user

register = template.Library()


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """Return the status as an icon and a text in its colour."""
    return statuses.render_badge(status)


@register.simple_tag
def time(when: datetime | None, missing: str = "–") -> SafeString | str:
    """Return the time in the current timezone, to the second; ``missing`` if there is none."""
    return missing if when is None else times.render_time(when)


@register.filter
def shorten(text: str) -> str:
    """Return the text, or the beginning of a very long one."""
    return texts.shorten(text)


@register.filter
def error_type(path: str | None) -> str:
    """Return the name of an exception class without its module."""
    return errors.shorten_type(path or "")


@register.filter
def run_error(error: Mapping[str, Any] | None) -> str:
    """Return which step failed and its error message, for the error of a run; empty without one."""
    return errors.describe_run_error(error)


@register.filter
def docstring_paragraphs(text: str) -> SafeString:
    """Return a docstring as paragraphs; the line breaks within a paragraph are dropped."""
    return format_html_join(
        "", '<p class="sqm-doc">{}</p>', ((" ".join(part.split()),) for part in text.split("\n\n"))
    )


@register.inclusion_tag("admin/squid_mesh/includes/json.html")
def json_block(value: Any, label: str, size: int | None = None, url: str = "") -> dict[str, Any]:
    """Show the value as indented JSON in a region with that label.

    ``size`` is the length of the whole value, if this is only its beginning; ``url`` downloads it.
    """
    return {"json": texts.format_json(value, size), "label": label, "url": url}


@register.inclusion_tag("admin/squid_mesh/includes/navigation.html", takes_context=True)
def console_navigation(context: template.Context) -> dict[str, Any]:
    """Show the links between the console's pages."""
    request: HttpRequest = context["request"]
    waiting = count_waiting_for_user(request)
    count = f"{waiting.number}{'+' if waiting.more else ''}" if waiting.number else ""
    return {"links": navigation.list_links(request, {"inbox": count})}
