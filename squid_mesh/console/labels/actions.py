"""Labels of what people do to a run: the texts of buttons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from squid_mesh.actions import Action
from squid_mesh.definitions.request import APPROVED, REJECTED

ACTIONS: Final[Mapping[Action, str | Promise]] = {
    Action.CANCEL: gettext_lazy("Cancel the run"),
    Action.COMMENT: gettext_lazy("Comment"),
    Action.REPLAY: gettext_lazy("Replay"),
    Action.UNBLOCK: gettext_lazy("Let it go on"),
    Action.DECIDE: gettext_lazy("Decide"),
    Action.RETRY: gettext_lazy("Retry"),
    Action.SKIP: gettext_lazy("Skip"),
    Action.RESOLVE: gettext_lazy("Resolve by hand"),
    Action.REWIND: gettext_lazy("Go back to it"),
}


def label_action(action: Action, exit: str = "") -> str:
    """Return the text of the action's button; with an exit, that of the exit of an approval."""
    return label_exit(exit) if exit else str(ACTIONS[action])


def label_exit(exit: str) -> str:
    """Return the text of the button that chooses that exit of an approval."""
    if exit == APPROVED:
        return _("Approve")
    if exit == REJECTED:
        return _("Reject")
    return exit.replace("_", " ").capitalize()
