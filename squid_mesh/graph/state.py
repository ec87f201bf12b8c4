"""The state of a run: its payload, and the outputs of steps merged into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.values.paths import ANY_KEY, Path, parse_paths


def merge_outputs(
    blueprint: Blueprint, payload: Mapping[str, Any], outputs: Iterable[tuple[str, Any]]
) -> dict[str, Any]:
    """Return the payload with the outputs, given as (step, output), merged into it one after the other.

    The output of a step with ``output="key"`` stands under that key; the keys of any other step's dict are
    merged, and an output that is no dict adds nothing.
    """
    state = dict(payload)
    for name, output in outputs:
        key = blueprint.by_name[name].output
        if key is not None:
            state[key] = output
        elif isinstance(output, dict):
            state.update(output)
    return state


def merge_secrets(
    blueprint: Blueprint,
    trigger: str,
    payload: Sequence[Path] | None,
    outputs: Iterable[tuple[str, Sequence[Path] | None]],
) -> list[Path]:
    """Return the paths of the secrets in a state: those that the types declare, and those recorded.

    ``payload`` are the recorded paths in the payload, ``outputs`` those in outputs, as (step, paths). An
    empty path stands for a whole value; of the state itself it is every key.
    """
    paths = [*parse_paths(blueprint.state_secrets(trigger)), *(payload or ())]
    for name, recorded in outputs:
        key = blueprint.by_name[name].output
        prefix = () if key is None else (key,)
        paths += [(*prefix, *path) for path in recorded or ()]
    return [path or (ANY_KEY,) for path in paths]
