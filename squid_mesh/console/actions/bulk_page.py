"""The page that asks before something is done to a list of runs, and the messages that tell what was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from squid_mesh.console.actions.bulk import EFFECTS, MOST, Bulk, Refused, do, plan
from squid_mesh.console.base.pages import has_permission, render_page
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.models import Run

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Run]
else:
    Base = object

#: In the list's menu.
_LABELS: Final[dict[Bulk, Any]] = {
    Bulk.CANCEL: gettext_lazy("Cancel the selected runs"),
    Bulk.APPROVE: gettext_lazy("Approve what the selected runs ask"),
    Bulk.REJECT: gettext_lazy("Reject what the selected runs ask"),
    Bulk.UNBLOCK: gettext_lazy("Let the selected runs go on"),
    Bulk.RETRY: gettext_lazy("Retry the steps of the selected runs"),
    Bulk.REPLAY: gettext_lazy("Replay the selected runs"),
}
_TITLES: Final[dict[Bulk, str | Promise]] = {
    Bulk.CANCEL: gettext_lazy("Cancel these runs?"),
    Bulk.APPROVE: gettext_lazy("Approve these?"),
    Bulk.REJECT: gettext_lazy("Reject these?"),
    Bulk.UNBLOCK: gettext_lazy("Let these runs go on?"),
    Bulk.RETRY: gettext_lazy("Retry these steps?"),
    Bulk.REPLAY: gettext_lazy("Replay these runs?"),
}
#: Those that nobody may do who lacks the permission; for the others it depends on what a step asks.
_NEEDS: Final = {Bulk.CANCEL: "cancel", Bulk.RETRY: "retry", Bulk.REPLAY: "replay"}
#: So many refusals are told one by one.
_TOLD: Final = 20


def _action(bulk: Bulk) -> Any:
    needs = [_NEEDS[bulk]] if bulk in _NEEDS else None

    @admin.action(description=_LABELS[bulk], permissions=needs)
    def act(model_admin: Any, request: HttpRequest, runs: QuerySet[Run]) -> HttpResponse | None:
        return _ask_or_do(bulk, model_admin.admin_site, request, runs)

    act.__name__ = f"bulk_{bulk}"
    return act


class BulkActions(Base):
    """A mixin for the model admin of runs: the list's actions, and who has them in its menu."""

    actions = tuple(_action(bulk) for bulk in Bulk)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Whether the user may cancel any run."""
        return has_permission(request, "cancel_run")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether the user may retry any step."""
        return has_permission(request, "retry_step")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether the user may replay any run."""
        return has_permission(request, "replay_run")


def _ask_or_do(bulk: Bulk, site: AdminSite, request: HttpRequest, runs: QuerySet[Run]) -> HttpResponse | None:
    if "confirmed" in request.POST:
        _do(bulk, request)
        return None
    ids = list(runs.values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        told = _("That are more than %(n)d runs: filter the list, or select fewer.")
        messages.error(request, told % {"n": MOST})
        return None
    return _ask(bulk, site, request, ids)


def _ask(bulk: Bulk, site: AdminSite, request: HttpRequest, ids: Sequence[UUID]) -> HttpResponse:
    found = plan(bulk, ids, request.user)
    return render_page(
        request,
        site,
        "bulk.html",
        title=_TITLES[bulk],
        crumbs=[("./", _("Runs"))],
        plan=found,
        effect=EFFECTS[bulk],
        label=_LABELS[bulk],
        runs=ids,
        action=f"bulk_{bulk}",
        dangerous=bulk in (Bulk.CANCEL, Bulk.REJECT),
        checkbox=ACTION_CHECKBOX_NAME,
        opts=Run._meta,
    )


def _do(bulk: Bulk, request: HttpRequest) -> None:
    reason = request.POST.get("reason", "").strip()
    shown = {False: request.POST.getlist("item")}
    if request.POST.get("allow_irreversible"):
        shown[True] = request.POST.getlist("risky")
    done, refused = 0, []
    for allow, keys in shown.items():
        try:
            more, worse = do(bulk, keys, user=request.user, reason=reason, allow_irreversible=allow)
        except InvalidArgument as error:
            messages.error(request, error.message)
            continue
        done += more
        refused += worse
    _tell(request, done, refused)


def _tell(request: HttpRequest, done: int, refused: Sequence[Refused]) -> None:
    if done:
        messages.success(request, ngettext("%(n)d was done.", "%(n)d were done.", done) % {"n": done})
    elif not refused:
        messages.warning(request, _("Nothing was done."))
    for one in refused[:_TOLD]:
        told = _("Run %(run)s was left as it is: %(why)s")
        messages.error(request, told % {"run": one.run_id, "why": one.why})
    if len(refused) > _TOLD:
        messages.error(request, _("And %(n)d more were left as they are.") % {"n": len(refused) - _TOLD})
