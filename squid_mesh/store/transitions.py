"""The seam: claim, settle and start, each by the fastest way that the database has."""

from __future__ import annotations

from uuid import UUID

from django.db import connections

from squid_mesh.store import portable, postgres
from squid_mesh.store.values import Claimed, Settled, Settlement


def claim_due(
    worker: str, token: UUID, lease: float, using: str, run_id: UUID | None = None
) -> Claimed | None:
    """Claim the step that has been due longest, of that run where one is named."""
    if connections[using].vendor == "postgresql":
        return postgres.claim_due(worker, token, lease, using, run_id)
    return portable.claim_due(worker, token, lease, using, run_id)


def settle(settlement: Settlement, using: str) -> Settled | None:
    """Write a settlement; None, and nothing written, where the claim is lost or the run moved on."""
    if connections[using].vendor == "postgresql":
        return postgres.settle(settlement, using)
    return portable.settle(settlement, using)
