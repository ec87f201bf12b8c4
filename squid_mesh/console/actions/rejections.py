"""Why an action was not performed, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.console.labels.actions import label_exit
from squid_mesh.console.labels.times import format_time
from squid_mesh.exceptions import (
    AlreadyDecided,
    IllegalAction,
    IrreversibleSteps,
    NotPermitted,
    SquidMeshError,
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """The message, and the status of the response."""

    message: str
    status: HTTPStatus


def explain_error(error: SquidMeshError) -> Rejection:
    """Return what the page says about an error of the api."""
    match error:
        case IrreversibleSteps():
            steps = ", ".join(error.details["steps"])
            text = _(
                "Nothing was changed: this would repeat irreversible steps: %(steps)s. "
                "Tick the box to allow it."
            )
            return Rejection(text % {"steps": steps}, HTTPStatus.UNPROCESSABLE_ENTITY)
        case AlreadyDecided():
            return Rejection(_already_decided(error), HTTPStatus.CONFLICT)
        case IllegalAction() if "visit" in error.details:
            return explain_other_visit(error.details["step"], error.details["visit"])
        case IllegalAction():
            return Rejection(_("Nothing was changed. ") + error.message, HTTPStatus.CONFLICT)
        case NotPermitted():
            return Rejection(_("Nothing was changed. ") + error.message, HTTPStatus.FORBIDDEN)
        case _:
            return Rejection(_("Nothing was changed. ") + error.message, HTTPStatus.UNPROCESSABLE_ENTITY)


def explain_other_visit(step: str, visit: int | None) -> Rejection:
    """Return what the page says if the step has another visit than the one that the person saw."""
    text = _("Nothing was changed: step %(step)s is in visit %(visit)s now. Check it again.")
    return Rejection(text % {"step": step, "visit": visit}, HTTPStatus.CONFLICT)


def explain_illegal_action(run: api.RunSnapshot, step: str) -> Rejection:
    """Return what the page says if the action isn't legal now, on the run or on the named step."""
    if not step:
        text = _("Not possible now: the run is %(status)s.")
        return Rejection(text % {"status": run.status.value}, HTTPStatus.CONFLICT)
    found = run.step(step)
    votes = "; ".join(
        _("%(person)s: %(exit)s, %(at)s")
        % {"person": vote.actor, "exit": label_exit(vote.exit), "at": format_time(vote.created_at)}
        for vote in found.decisions
    )
    if votes:
        return Rejection(_("Already decided. %(votes)s.") % {"votes": votes}, HTTPStatus.CONFLICT)
    text = _("Not possible now: step %(step)s is %(step_status)s and its run is %(status)s.")
    values = {"step": found.name, "step_status": found.status.value, "status": run.status.value}
    return Rejection(text % values, HTTPStatus.CONFLICT)


def _already_decided(error: AlreadyDecided) -> str:
    at = parse_datetime(str(error.details.get("at", "")))
    text = _("Nothing was changed: %(step)s was already decided: %(exit)s, by %(by)s, %(at)s.")
    return text % {
        "step": error.details["step"],
        "exit": label_exit(error.details["exit"]),
        "by": error.details["by"] or _("its deadline"),
        "at": format_time(at) if at else "",
    }
