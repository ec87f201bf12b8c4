"""Tags as small marks, each a link to the runs that have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: The parameter by which a list of runs is asked for a tag.
TAG: Final = "tag"


def chips(tags: Sequence[str], site: AdminSite) -> SafeString | str:
    """The tags in their order; empty where there are none."""
    if not tags:
        return ""
    listed = reverse("admin:squid_mesh_run_changelist", current_app=site.name)
    marks = format_html_join(
        " ",
        '<a class="sqm-chip" href="{}?{}">{}</a>',
        ((listed, urlencode({TAG: tag}), tag) for tag in tags),
    )
    return format_html('<span class="sqm-chips">{}</span>', marks)
