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
from squid_mesh.inspection.figures import (
    CAPPED_FIGURES,
    AttemptsFigure,
    Figures,
    HeldFigure,
    RunsFigure,
    TriggerFigure,
)
from squid_mesh.inspection.overview import Count, NextTrigger, Overview, SlowStep, StatusCount
from squid_mesh.inspection.snapshots.inbox import Vote, WaitingCount, WaitingPage, WaitingStep
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
from squid_mesh.store.values import Prunable, Removed

__all__ = [
    "CAPPED_FIGURES",
    "AttemptSnapshot",
    "AttemptsFigure",
    "ClusterSnapshot",
    "Count",
    "DecisionSnapshot",
    "DefinitionSnapshot",
    "EventSnapshot",
    "Explanation",
    "Figures",
    "Finding",
    "HeldFigure",
    "NextAction",
    "NextTrigger",
    "Offered",
    "Overview",
    "Page",
    "Prunable",
    "Reason",
    "RecentRuns",
    "Removed",
    "RunSnapshot",
    "RunSummary",
    "RunsFigure",
    "Severity",
    "SlowStep",
    "StartedRun",
    "StatusCount",
    "StepReason",
    "StepSnapshot",
    "TriggerFigure",
    "TriggerSnapshot",
    "Vote",
    "WaitingCount",
    "WaitingPage",
    "WaitingStep",
    "WorkflowSnapshot",
    "WorkflowSummary",
]
