"""Labels of what people do to a run: the texts of buttons."""

from __future__ import annotations

from django.utils.translation import gettext as _

from squid_mesh.actions import SPECS, Action
from squid_mesh.definitions.request import APPROVED, REJECTED


def label_action(action: Action) -> str:
    """Return the text of the action's button."""
    return str(SPECS[action].label)


def label_exit(exit: str) -> str:
    """Return the text of the button that chooses that exit of an approval."""
    if exit == APPROVED:
        return _("Approve")
    if exit == REJECTED:
        return _("Reject")
    return exit.replace("_", " ").capitalize()
