"""Durable workflows for Django: declare with what is here, run with ``squid_mesh.api``."""

from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.declare.builtins import log, wait
from squid_mesh.definitions.declare.flow import complete, fail
from squid_mesh.definitions.declare.outcomes import Defer, Outcome, RetryLater, StepFailed
from squid_mesh.definitions.declare.people import approval, pause
from squid_mesh.definitions.declare.request import escalate
from squid_mesh.definitions.declare.retry import Retry, exponential, fixed, linear
from squid_mesh.definitions.declare.step import Step, step
from squid_mesh.definitions.declare.triggers import cron, manual
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.exceptions import DefinitionError

__all__ = [
    "Defer",
    "DefinitionError",
    "Outcome",
    "Retry",
    "RetryLater",
    "Step",
    "StepContext",
    "StepFailed",
    "Workflow",
    "approval",
    "complete",
    "cron",
    "escalate",
    "exponential",
    "fail",
    "fixed",
    "linear",
    "log",
    "manual",
    "pause",
    "step",
    "wait",
]
