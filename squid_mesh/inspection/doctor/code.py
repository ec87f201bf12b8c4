"""Code and definitions that unfinished runs need."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning
from squid_mesh.lifecycle import ACTIVE_RUN
from squid_mesh.models import Definition, Run
from squid_mesh.store.definitions import UnreadableBlueprint, parse_blueprint


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
