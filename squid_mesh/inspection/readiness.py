"""Whether steps are executed: the database responds, and a cluster works."""

from __future__ import annotations

from django.db import Error
from pydantic import BaseModel, ConfigDict

from squid_mesh.inspection.clusters import list_clusters


class Readiness(BaseModel):
    """``problems`` are sentences; there are none if ``ready``. They name no host and no database."""

    model_config = ConfigDict(frozen=True)

    ready: bool
    problems: tuple[str, ...]


def read_readiness() -> Readiness:
    """Return whether steps are executed. One query; an error of the database is a problem, too."""
    try:
        clusters = list_clusters()
    except Error:
        return Readiness(ready=False, problems=("The database doesn't answer.",))
    if any(cluster.works for cluster in clusters):
        return Readiness(ready=True, problems=())
    alive = any(cluster.alive for cluster in clusters)
    problem = "No cluster starts steps." if alive else "No cluster is running."
    return Readiness(ready=False, problems=(problem,))
