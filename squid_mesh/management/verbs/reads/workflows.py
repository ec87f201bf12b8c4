"""``workflows``: list the workflows, or show one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import json_of, table
from squid_mesh.management.cli.verb import Verb, Write

_HEAD = ("workflow", "triggers", "latest runs", "last (UTC)", "description")
_STEPS = ("step", "on", "leads to")
_TRIGGERS = ("trigger", "kind", "expression", "timezone")
_RUNS = ("run", "trigger", "status", "created (UTC)")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("workflow", nargs="?", help="show this workflow")
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    name = options["workflow"]
    found = api.list_workflows() if name is None else api.inspect_workflow(name)
    if options["json"]:
        write(json_of(found))
        return 0
    for line in _one(found) if isinstance(found, api.WorkflowSnapshot) else _all(found):
        write(line)
    return 0


def _all(found: tuple[api.WorkflowSummary, ...]) -> Iterator[str]:
    if not found:
        yield "No workflows found."
        return
    yield from table(_HEAD, [_row(workflow) for workflow in found])


def _row(workflow: api.WorkflowSummary) -> tuple[object, ...]:
    description = workflow.doc.partition("\n")[0] if workflow.installed else "not installed"
    return (
        workflow.name,
        ", ".join(trigger.name for trigger in workflow.triggers),
        _counts(workflow.recent),
        workflow.recent.last.created_at if workflow.recent.last else None,
        description,
    )


def _counts(recent: api.RecentRuns) -> str:
    return ", ".join(f"{count} {status}" for status, count in recent.by_status.items())


def _one(found: api.WorkflowSnapshot) -> Iterator[str]:
    yield found.name if found.installed else f"{found.name} (not installed)"
    if found.doc:
        yield found.doc
    yield from ("", "Triggers:")
    yield from table(_TRIGGERS, [(t.name, t.kind, t.cron, t.timezone) for t in found.triggers])
    yield from ("", "Steps:", *table(_STEPS, list(_edges(found))))
    if found.runs:
        rows = [(run.id, run.trigger, run.status, run.created_at) for run in found.runs]
        yield from ("", f"Latest runs ({_counts(found.recent)}):", *table(_RUNS, rows))


def _edges(found: api.WorkflowSnapshot) -> Iterator[tuple[str, str, str]]:
    for step in found.steps:
        edges = [edge for edge in found.edges if edge.source == step.name]
        for edge in edges:
            yield step.name, edge.outcome, f"back to {edge.target}" if edge.rewind else edge.target
        if not edges:
            yield step.name, "", ""


WORKFLOWS = Verb("workflows", "List the workflows, or show one.", _add_arguments, _handle)
