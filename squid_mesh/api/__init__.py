"""The public interface: start runs, act on them, read and explain them. Async twins begin with ``a``.

Each module lists its public names in ``__all__``; all of them are names of this package.
"""

from squid_mesh.api import (
    actions,
    monitoring,
    performing,
    runs,
    starting,
    triggers,
    upkeep,
    values,
    workflows,
)
from squid_mesh.api.actions import *  # noqa: F403
from squid_mesh.api.monitoring import *  # noqa: F403
from squid_mesh.api.performing import *  # noqa: F403
from squid_mesh.api.runs import *  # noqa: F403
from squid_mesh.api.starting import *  # noqa: F403
from squid_mesh.api.triggers import *  # noqa: F403
from squid_mesh.api.upkeep import *  # noqa: F403
from squid_mesh.api.values import *  # noqa: F403
from squid_mesh.api.workflows import *  # noqa: F403

__all__ = []
__all__ += actions.__all__
__all__ += monitoring.__all__
__all__ += performing.__all__
__all__ += runs.__all__
__all__ += starting.__all__
__all__ += triggers.__all__
__all__ += upkeep.__all__
__all__ += values.__all__
__all__ += workflows.__all__
