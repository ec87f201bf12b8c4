"""Reading workflows: the catalogue and their graphs."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from squid_mesh.api.arguments import check_arguments
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.inspection import catalogue
from squid_mesh.inspection.diagram import formats
from squid_mesh.inspection.snapshots.workflows import WorkflowSnapshot, WorkflowSummary

__all__ = [
    "adraw_workflow",
    "ainspect_workflow",
    "alist_workflows",
    "draw_workflow",
    "inspect_workflow",
    "list_workflows",
]


def list_workflows() -> tuple[WorkflowSummary, ...]:
    """Return every workflow that is installed or has runs, by name.

    The counts of runs cover each workflow's latest 100 runs.
    """
    return catalogue.list_workflows()


@check_arguments
def inspect_workflow(workflow: type[Workflow] | str) -> WorkflowSnapshot:
    """Return everything about a workflow. The counts of runs cover its latest 1,000 runs.

    Raises:
        WorkflowNotFound: there is no such workflow.
    """
    return catalogue.inspect_workflow(workflow)


@check_arguments
def draw_workflow(workflow: type[Workflow] | str, *, format: str = "svg") -> str:
    """Return the graph of a workflow's current code, as ``svg``, ``dot``, ``mermaid`` or ``json``.

    Raises:
        WorkflowNotFound: there is no such workflow.
        DefinitionError: the workflow has problems.
        InvalidArgument: the format is unknown.
    """
    return formats.draw_workflow(workflow, format=format)


adraw_workflow = sync_to_async(draw_workflow)
ainspect_workflow = sync_to_async(inspect_workflow)
alist_workflows = sync_to_async(list_workflows)
