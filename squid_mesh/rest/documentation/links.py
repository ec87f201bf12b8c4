"""Links of the OpenAPI schema: values of responses that are parameters of other operations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_PREFIX: Final = "squid_mesh_"
#: For each operation and status, where its response has the parameters of other operations' paths.
_SOURCES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("start_run", "201"): {"run_id": "id"},
    ("start_run", "200"): {"run_id": "id"},
    ("list_runs", "200"): {"run_id": "results/0/id"},
    ("read_run", "200"): {"run_id": "id", "step": "steps/0/name"},
    ("list_inbox", "200"): {"run_id": "results/0/run_id"},
    ("replay_run", "201"): {"run_id": "run/id"},
    ("fire_trigger", "201"): {"run_id": "run_id"},
    ("list_workflows", "200"): {"workflow": "results/0/name"},
    ("list_triggers", "200"): {"workflow": "results/0/workflow", "trigger": "results/0/name"},
}


def add_links(schema: dict[str, Any]) -> None:
    """Add links to each response: to every operation whose path needs exactly the parameters that it has.

    Hooks of the project may have left out operations and responses.
    """
    operations = {
        one["operationId"].removeprefix(_PREFIX): (path, one)
        for path, methods in schema["paths"].items()
        for one in methods.values()
    }
    targets = {name: frozenset(re.findall(r"{(\w+)}", path)) for name, (path, _) in operations.items()}
    for (name, status), values in _SOURCES.items():
        _, source = operations.get(name, ("", {}))
        found = source.get("responses", {}).get(status)
        if found is not None:
            found["links"] = dict(_list_links(name, values, targets))


def _list_links(
    source: str, values: Mapping[str, str], targets: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, Any]]:
    subsets = {frozenset(values)} | ({frozenset({"run_id"})} if "run_id" in values else set())
    for name, needed in targets.items():
        if name != source and needed in subsets:
            pointers = {key: f"$response.body#/{values[key]}" for key in sorted(needed)}
            yield name, {"operationId": f"{_PREFIX}{name}", "parameters": pointers}
