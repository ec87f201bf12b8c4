"""Workflows: the list, one workflow, and its graph."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.rest.base.permissions import VIEW
from squid_mesh.rest.base.views import RestView, answer
from squid_mesh.rest.documentation.operations import operation
from squid_mesh.rest.values import WorkflowList


class WorkflowsView(RestView):
    """The workflows that are installed or have runs."""

    needs = {"GET": VIEW}

    @operation(
        "list_workflows", "List the workflows, with counts of their runs.", answers={200: WorkflowList}
    )
    def get(self, request: Request) -> Response:
        """Return all workflows."""
        return answer(WorkflowList(results=api.list_workflows()))


class WorkflowView(RestView):
    """One workflow."""

    needs = {"GET": VIEW}

    @operation(
        "read_workflow",
        "Read a workflow: steps, edges, triggers, the JSON schemas of its payloads, its newest runs.",
        answers={200: api.WorkflowSnapshot},
        errors=[404],
    )
    def get(self, request: Request, workflow: str) -> Response:
        """Return the workflow."""
        return answer(api.inspect_workflow(workflow))
