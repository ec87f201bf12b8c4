"""Whether code of the project's is installed in the process that explains, which needn't be a worker's."""

from __future__ import annotations

from squid_mesh.definitions import registry
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.exceptions import SquidMeshError


def installed(path: str) -> bool:
    """Whether something is found at that dotted path."""
    try:
        load_code(path)
    except CodeMissing:
        return False
    return True


def startable(workflow: str, trigger: str) -> bool:
    """Whether that workflow is installed and has that trigger."""
    try:
        return registry.get_workflow(workflow).blueprint.trigger(trigger) is not None
    except SquidMeshError:
        return False
