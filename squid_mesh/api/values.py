"""The values that the functions return."""

from __future__ import annotations

from squid_mesh.inspection.doctor.finding import Finding, Severity
from squid_mesh.inspection.explain.explanation import (
    Explanation,
    NextAction,
    Offered,
    Reason,
    StepReason,
)
from squid_mesh.inspection.metrics import (
    CAPPED_METRICS,
    AttemptsMetric,
    HeldMetric,
    Metrics,
    RunsMetric,
    TriggerMetric,
)
from squid_mesh.inspection.overview import Count, NextTrigger, Overview, SlowStep, StatusCount
from squid_mesh.inspection.readiness import Readiness
from squid_mesh.inspection.snapshots.inbox import UnreadableStep, Vote, WaitingCount, WaitingPage, WaitingStep
from squid_mesh.inspection.snapshots.runs import (
    AttemptSnapshot,
    ClusterSnapshot,
    DecisionSnapshot,
    EventSnapshot,
    Page,
    RunSnapshot,
    RunSummary,
    StartedRun,
    StepSnapshot,
    TriggerSnapshot,
)
from squid_mesh.inspection.snapshots.workflows import (
    DefinitionSnapshot,
    RecentRuns,
    WorkflowSnapshot,
    WorkflowSummary,
)
from squid_mesh.store.values import Prunable, Removed, SkippedRun

__all__ = [
    "CAPPED_METRICS",
    "AttemptSnapshot",
    "AttemptsMetric",
    "ClusterSnapshot",
    "Count",
    "DecisionSnapshot",
    "DefinitionSnapshot",
    "EventSnapshot",
    "Explanation",
    "Finding",
    "HeldMetric",
    "Metrics",
    "NextAction",
    "NextTrigger",
    "Offered",
    "Overview",
    "Page",
    "Prunable",
    "Readiness",
    "Reason",
    "RecentRuns",
    "Removed",
    "RunSnapshot",
    "RunSummary",
    "RunsMetric",
    "Severity",
    "SkippedRun",
    "SlowStep",
    "StartedRun",
    "StatusCount",
    "StepReason",
    "StepSnapshot",
    "TriggerMetric",
    "TriggerSnapshot",
    "UnreadableStep",
    "Vote",
    "WaitingCount",
    "WaitingPage",
    "WaitingStep",
    "WorkflowSnapshot",
    "WorkflowSummary",
]
