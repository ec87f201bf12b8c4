"""What made a run fail, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from squid_mesh.inspection.masking import masked

_MAX_MESSAGE: Final = 120


def shorten_type(path: str) -> str:
    """Return the name of an exception class without its module: ``ValueError``, ``StepFailed``."""
    return path.rpartition(".")[2]


def describe_run_error(error: Mapping[str, Any] | None) -> str:
    """Return which step failed and its error message, shortened, for a run's ``error``; empty without one.

    The message is redacted before it is stored; masked fields stay masked here.
    """
    if not error:
        return ""
    known: Mapping[str, Any] = masked(dict(error))
    step = str(known.get("step", ""))
    message = str(known.get("message") or known.get("type") or "").strip()
    if not message and known.get("outcome"):
        message = _("it ended with the outcome “%(outcome)s”") % {"outcome": known["outcome"]}
    if len(message) > _MAX_MESSAGE:
        message = f"{message[: _MAX_MESSAGE - 1]}…"
    if not step:
        return message
    if not message:
        return _("%(step)s failed") % {"step": step}
    return _("%(step)s failed: %(message)s") % {"step": step, "message": message}
