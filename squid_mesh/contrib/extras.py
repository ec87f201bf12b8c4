"""The optional extras of the package, and whether they are installed."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from squid_mesh.exceptions import ExtraMissing

#: The module that each extra installs.
_MODULES: Final = {"opentelemetry": "opentelemetry.trace", "prometheus": "prometheus_client"}


def is_installed(extra: str) -> bool:
    """Return whether the extra's module can be imported."""
    try:
        import_module(_MODULES[extra])
    except ImportError:
        return False
    return True


def require_extra(extra: str) -> None:
    """Raise ExtraMissing unless the extra is installed."""
    if not is_installed(extra):
        raise ExtraMissing(
            f"The extra {extra!r} isn't installed. Install it: pip install 'squid-mesh[{extra}]'.",
            extra=extra,
        )
