"""Permissions and groups that approvals and pauses name and that don't exist."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from squid_mesh.inspection.deciders import find_unknown_deciders
from squid_mesh.inspection.doctor.finding import Finding, Site, warning


def check_deciders(site: Site) -> Iterator[Finding]:
    """Find permissions and groups that aren't in the database; the system checks report misspelt ones."""
    for unknown in find_unknown_deciders(list(settings.DATABASES)):
        yield warning(
            "decider_unknown",
            unknown.problem,
            unknown.fix,
            kind=unknown.kind,
            name=unknown.name,
            workflow=unknown.workflow,
            step=unknown.step,
        )
