"""The tables: columns, constraints and indexes. Only ``squid_mesh.store`` writes to them."""

from squid_mesh.models.audit import AuditEvent
from squid_mesh.models.cluster import Cluster
from squid_mesh.models.decision import Decision
from squid_mesh.models.exact_text import ExactCharField
from squid_mesh.models.run import Definition, Run
from squid_mesh.models.step import Attempt, StepRun
from squid_mesh.models.stored_json import Shape, StoredJSONField, Unreadable
from squid_mesh.models.tag import RunTag
from squid_mesh.models.trigger import Trigger
from squid_mesh.models.utc_times import UtcDateTimeField
from squid_mesh.models.waiting import Waiting

__all__ = [
    "Attempt",
    "AuditEvent",
    "Cluster",
    "Decision",
    "Definition",
    "ExactCharField",
    "Run",
    "RunTag",
    "Shape",
    "StepRun",
    "StoredJSONField",
    "Trigger",
    "Unreadable",
    "UtcDateTimeField",
    "Waiting",
]
