"""Tags of runs, each a link to the runs that have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: The parameter of the run list that filters by tag.
TAG: Final = "tag"


def render_tags(tags: Sequence[str], site: AdminSite) -> SafeString | str:
    """Return the tags as links, in their order; an empty text if there are none."""
    if not tags:
        return ""
    run_list = reverse("admin:squid_mesh_run_changelist", current_app=site.name)
    links = format_html_join(
        " ",
        '<a class="sqm-tag" href="{}?{}">{}</a>',
        ((run_list, urlencode({TAG: tag}), tag) for tag in tags),
    )
    return format_html('<span class="sqm-tags">{}</span>', links)
