"""The page that confirms a bulk action, and the messages afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh.console.actions.bulk import BULK_ACTIONS, MOST, BulkAction, Rejected, make_plan, perform
from squid_mesh.console.base.pages import has_permission, render_page
from squid_mesh.console.base.submissions import SUBMISSION, make_submission_key, read_submission_key
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.models import Run

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Run]
else:
    Base = object

#: The most rejected items that have a message each.
_MOST_MESSAGES: Final = 20


def _menu_name(wanted: BulkAction) -> str:
    return f"bulk_{wanted.bulk.name}"


def _menu_entry(wanted: BulkAction) -> Any:
    @admin.action(description=cast("Any", wanted.bulk.label))
    def run_bulk_action(model_admin: Any, request: HttpRequest, runs: QuerySet[Run]) -> HttpResponse | None:
        if "confirmed" in request.POST:
            _perform(wanted, request)
            return None
        return _ask(wanted, model_admin.admin_site, request, runs)

    run_bulk_action.__name__ = _menu_name(wanted)
    return run_bulk_action


class BulkActions(Base):
    """A mixin for the model admin of runs: the bulk actions in the menu of its list."""

    actions = tuple(_menu_entry(wanted) for wanted in BULK_ACTIONS)

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> Any:
        """Return the menu without the actions for which the user lacks the permission.

        Actions whose permission depends on what a step asks stay. From Django 6.1 on, ``action_location`` is
        the page of the menu: a list, or one run, whose page has buttons instead.
        """
        if action_location is not None and action_location.name != "CHANGE_LIST":
            return {}
        found = super().get_actions(request)
        for wanted in BULK_ACTIONS:
            if not (wanted.spec.asks or has_permission(request, wanted.action.value)):
                found.pop(_menu_name(wanted), None)
        return found


def _ask(
    wanted: BulkAction, site: AdminSite, request: HttpRequest, runs: QuerySet[Run]
) -> HttpResponse | None:
    ids: Sequence[UUID] = list(runs.values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        text = _("More than %(n)d runs selected. Narrow the filter or select fewer.")
        messages.error(request, text % {"n": MOST})
        return None
    return render_page(
        request,
        site,
        "bulk.html",
        title=wanted.bulk.title,
        crumbs=[("./", _("Runs"))],
        plan=make_plan(wanted, ids, request.user),
        effect=wanted.bulk.effect,
        label=wanted.bulk.label,
        runs=ids,
        of_steps=wanted.spec.needs_step,
        action=_menu_name(wanted),
        dangerous=wanted.bulk.dangerous,
        checkbox=ACTION_CHECKBOX_NAME,
        submission=make_submission_key(),
        opts=Run._meta,
    )


def _perform(wanted: BulkAction, request: HttpRequest) -> None:
    note = request.POST.get("reason", "").strip()
    submission = read_submission_key(request.POST.get(SUBMISSION))
    shown = {False: request.POST.getlist("item")}
    if request.POST.get("allow_irreversible"):
        shown[True] = request.POST.getlist("risky")
    done = 0
    rejected: list[Rejected] = []
    for allow, keys in shown.items():
        try:
            result = perform(
                wanted,
                keys,
                user=request.user,
                note=note,
                allow_irreversible=allow,
                submission=submission,
            )
        except InvalidArgument as error:
            messages.error(request, error.message)
            continue
        done += result.done
        rejected += result.rejected
    _report(wanted, request, done, rejected)


def _report(wanted: BulkAction, request: HttpRequest, done: int, rejected: Sequence[Rejected]) -> None:
    if done:
        if wanted.spec.needs_step:
            text = ngettext("Applied to %(n)d step.", "Applied to %(n)d steps.", done)
        else:
            text = ngettext("Applied to %(n)d run.", "Applied to %(n)d runs.", done)
        messages.success(request, text % {"n": done})
    elif not rejected:
        messages.warning(request, _("Nothing was changed."))
    for one in rejected[:_MOST_MESSAGES]:
        text = _("Run %(run)s was not changed: %(why)s")
        messages.error(request, text % {"run": one.run_id, "why": one.why})
    if len(rejected) > _MOST_MESSAGES:
        text = _("%(n)d more were not changed.")
        messages.error(request, text % {"n": len(rejected) - _MOST_MESSAGES})
