"""Labels of what a step waits for, as they stand after "waits for"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from squid_mesh.console.labels.unknown import label_unknown
from squid_mesh.lifecycle import WaitingFor

WAITING_FOR: Final[Mapping[WaitingFor, str | Promise]] = {
    WaitingFor.RETRY: _("its next attempt"),
    WaitingFor.TIMER: _("a timer"),
    WaitingFor.DEFER: _("its next check (deferred)"),
    WaitingFor.CODE: _("its code, which isn’t installed"),
    WaitingFor.UNREADABLE_ROW: _("a person, because stored data can’t be read"),
    WaitingFor.CRASH_CAP: _("a person, because too many of its workers died"),
    WaitingFor.OUTCOME: _("a person, because its outcome is unknown"),
    WaitingFor.APPROVAL: _("an approval"),
    WaitingFor.PAUSE: _("a person to resume it"),
}
_LABELS: Final = {str(member): label for member, label in WAITING_FOR.items()}


def label_waiting_for(waiting_for: str) -> str:
    """Return what a step waits for."""
    return str(_LABELS.get(waiting_for) or label_unknown(waiting_for))
