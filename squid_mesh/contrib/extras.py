"""Which of the optional extras are installed here."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from squid_mesh.exceptions import ExtraMissing

#: By extra, the module that it brings.
_BRINGS: Final = {"opentelemetry": "opentelemetry.trace", "prometheus": "prometheus_client"}


def installed(extra: str) -> bool:
    """Whether what the extra brings can be imported."""
    try:
        import_module(_BRINGS[extra])
    except ImportError:
        return False
    return True


def require(extra: str) -> None:
    """Go on only where the extra is installed.

    Raises:
        ExtraMissing: it isn't.
    """
    if not installed(extra):
        raise ExtraMissing(
            f"The extra {extra!r} isn't installed here: pip install 'squid-mesh[{extra}]'.", extra=extra
        )
