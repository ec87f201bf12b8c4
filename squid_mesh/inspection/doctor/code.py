"""Code and definitions that unfinished runs need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.forms.changes import list_changes
from squid_mesh.definitions.forms.installed import find_form
from squid_mesh.definitions.request import Request, read_request
from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning
from squid_mesh.inspection.held_steps import held_steps
from squid_mesh.lifecycle import ACTIVE_RUN, WaitingFor
from squid_mesh.models import Definition, Run
from squid_mesh.store.definitions import UnreadableBlueprint, parse_blueprint

#: How many waiting approvals are examined, the oldest first.
_APPROVALS: Final = 1_000


def check_live_definitions(site: Site) -> Iterator[Finding]:
    """Find unfinished runs with a step or guard whose code can't be loaded, or an unreadable definition."""
    live = Run.objects.using(site.using).filter(status__in=[status.value for status in ACTIVE_RUN])
    definitions = Definition.objects.using(site.using).filter(pk__in=live.values("definition_id"))
    missing: dict[tuple[str, str], str] = {}
    for definition in definitions.order_by("workflow", "pk"):
        blueprint = parse_blueprint(definition.blueprint, definition.pk)
        if isinstance(blueprint, UnreadableBlueprint):
            yield warning(
                "definition_unreadable",
                f"Runs of {definition.workflow} can't be executed or shown here: {blueprint.message}",
                "Upgrade this process to the version that started those runs.",
                workflow=definition.workflow,
                fingerprint=definition.pk,
            )
            continue
        for workflow, path in _paths(blueprint):
            try:
                load_code(path)
            except CodeMissing as missing_code:
                missing[workflow, path] = str(missing_code)
    for (workflow, path), problem in missing.items():
        yield error(
            "code_missing",
            f"Runs of {workflow} need code that is missing: {problem}",
            "Restore the code, or cancel those runs.",
            workflow=workflow,
            path=path,
        )


def _paths(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    for step in blueprint.steps:
        for path in (step.target, step.when):
            if path:
                yield blueprint.workflow, path


def check_forms(site: Site) -> Iterator[Finding]:
    """Find waiting approvals whose form has changed since it was asked for, or is deleted."""
    held = held_steps(site.using).filter(waiting_for=WaitingFor.APPROVAL.value).order_by("pk")
    columns = held.values_list("run_id", "run__workflow", "name", "request")[:_APPROVALS]
    runs: dict[tuple[str, str, str, str], list[str]] = {}
    for run_id, workflow, step, stored in columns:
        request = read_request(stored)
        if request is not None and request.form is not None:
            changes = _describe_form_changes(request, workflow, step)
            if changes:
                runs.setdefault((workflow, step, request.form, changes), []).append(str(run_id))
    for (workflow, step, form, changes), waiting in runs.items():
        yield warning(
            "form_changed",
            f"Approvals of {workflow}.{step} ({len(waiting)}) asked for a form that is not the installed"
            f" {form}: {changes}.",
            "The installed form checks their answers, without one the stored schema does; decide them soon,"
            " or rewind to the step to ask again.",
            workflow=workflow,
            step=step,
            form=form,
            changes=changes,
            runs=waiting[:5],
            waiting=len(waiting),
        )


def _describe_form_changes(request: Request, workflow: str, step: str) -> str:
    try:
        form = find_form(request, workflow, step)
    except CodeMissing as error:
        return f"it can't be loaded, so they can't be approved ({error})".replace(".)", ")")
    if form is None:
        return "it is no longer installed"
    return ", ".join(list_changes(request.form_schema or {}, form))
