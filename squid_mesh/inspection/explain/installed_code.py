"""Whether the process that explains has the project's code; a worker may run another release."""

from __future__ import annotations

from squid_mesh.definitions import registry
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.exceptions import SquidMeshError


def is_installed(path: str) -> bool:
    """Return whether the dotted path can be imported."""
    try:
        load_code(path)
    except CodeMissing:
        return False
    return True


def can_start(workflow: str, trigger: str) -> bool:
    """Return whether the workflow is installed and has the trigger."""
    try:
        return registry.get_workflow(workflow).blueprint.trigger(trigger) is not None
    except SquidMeshError:
        return False
