"""The form that starts a run; it is made from the payload model of the trigger."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.console.base.pages import has_permission, render_page, require_permission
from squid_mesh.console.base.submissions import SUBMISSION, make_submission_key, read_submission_key
from squid_mesh.console.forms.schema_form import SchemaForm, add_errors, make_form, read_values
from squid_mesh.definitions.values.tags import split_tags
from squid_mesh.exceptions import (
    IdempotencyConflict,
    InvalidArgument,
    NotPermitted,
    PayloadError,
    SquidMeshError,
    WorkflowNotFound,
)

#: A payload whose model has no JSON schema is one field of JSON, with this name.
_WHOLE: Final = "payload"
_NO_SCHEMA: Final = {"properties": {_WHOLE: {"type": "object"}}, "required": [_WHOLE]}
_KEY: Final = "idempotency_key"
_START_AT: Final = "start_at"
_TAGS: Final = "tags"


def show_start_form(site: AdminSite, request: HttpRequest, workflow: str, trigger: str) -> HttpResponse:
    """Show the form, or start the run. Rejected values stay in the form, with the error at the field."""
    require_permission(request, "start_run")
    found, schema = _find_schema(workflow, trigger)
    data = request.POST if request.method == "POST" else None
    submission = read_submission_key(request.POST.get(SUBMISSION))
    payload = make_form(_NO_SCHEMA if schema is None else schema, data=data, prefix="payload")
    options = make_form(_options_schema(), data=data, prefix="run")
    if data is not None and payload.is_valid() and options.is_valid():
        values = read_values(payload)
        run = _start(
            request,
            found.name,
            trigger,
            values if schema is not None else values.get(_WHOLE),
            payload=payload,
            options=options,
            submission=submission,
        )
        if run is not None:
            return _redirect_to(site, request, run)
    return render_page(
        request,
        site,
        "start.html",
        title=_("Start a run of %(workflow)s") % {"workflow": found.name},
        workflow=found,
        trigger=next(one for one in found.triggers if one.name == trigger),
        payload=payload,
        options=options,
        submission=make_submission_key(),  # what is entered after an error is another submission
        rejected=bool(payload.errors or options.errors),
        crumbs=_list_crumbs(site, request, found.name),
    )


def _find_schema(workflow: str, trigger: str) -> tuple[api.WorkflowSnapshot, dict[str, Any] | None]:
    """Return the workflow and the JSON schema of the trigger's payload; None if the model has no schema."""
    try:
        found = api.inspect_workflow(workflow)
    except WorkflowNotFound as error:
        raise Http404(error.message) from None
    if trigger not in found.payload_schemas:  # no such trigger, or the workflow isn't installed any more
        raise Http404(
            _("Workflow %(workflow)s has no trigger %(trigger)s.")
            % {"workflow": workflow, "trigger": trigger}
        )
    return found, found.payload_schemas[trigger]


def _options_schema() -> dict[str, Any]:
    return {
        "properties": {
            _KEY: {
                "type": "string",
                "title": _("Idempotency key"),
                "description": _(
                    "Starting again with the same key and the same values returns the same run."
                ),
            },
            _TAGS: {
                "type": "string",
                "title": _("Tags"),
                "description": _("Comma-separated tags, used for filtering."),
            },
            _START_AT: {
                "type": "string",
                "format": "date-time",
                "title": _("Start at"),
                "description": _("Leave empty to start now."),
            },
        }
    }


def _start(
    request: HttpRequest,
    workflow: str,
    trigger: str,
    values: Any,
    *,
    payload: SchemaForm,
    options: SchemaForm,
    submission: str | None,
) -> api.StartedRun | None:
    """Start the run; None if the api rejects the values, with its errors in the forms."""
    chosen = read_values(options)
    try:
        return api.start_run(
            workflow,
            values,
            trigger=trigger,
            idempotency_key=chosen.get(_KEY, submission),
            tags=split_tags(chosen.get(_TAGS, "")),
            start_at=_parse_time(chosen.get(_START_AT)),
            actor=request.user,
        )
    except PayloadError as error:
        add_errors(payload, error.details["errors"])
    except IdempotencyConflict as error:
        if _KEY in chosen:
            add_errors(options, {_KEY: [error.message]})
        else:
            text = _(
                "This form has started run %(run)s with other values. To start another run, submit it again."
            )
            add_errors(payload, {"__all__": [text % {"run": error.details["run_id"]}]})
    except InvalidArgument as error:
        add_errors(options, {error.details["argument"]: [error.message]})
    except NotPermitted:
        raise PermissionDenied from None
    except SquidMeshError as error:
        add_errors(payload, {"__all__": [error.message]})
    return None


def _parse_time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidArgument(_("Invalid date and time."), argument=_START_AT) from None


def _redirect_to(site: AdminSite, request: HttpRequest, run: api.StartedRun) -> HttpResponse:
    """Redirect to the run's page, or back to the form if the user may not view runs."""
    names = {"run": run.id, "workflow": run.workflow}
    if run.existed and (run.idempotency_key or "").startswith("form:"):
        text = _("Nothing more was started: this form has started run %(run)s of %(workflow)s before.")
        messages.warning(request, text % names)
    elif run.existed:
        text = _("Nothing was started: run %(run)s of %(workflow)s has the same idempotency key.")
        messages.warning(request, text % names)
    else:
        messages.success(request, _("Run %(run)s of %(workflow)s was started.") % names)
    if has_permission(request, "view_run"):
        url = reverse("admin:squid_mesh_run_change", args=[run.id], current_app=site.name)
    else:
        url = reverse("admin:squid_mesh_start", args=[run.workflow, run.trigger], current_app=site.name)
    return HttpResponseRedirect(url)


def _list_crumbs(site: AdminSite, request: HttpRequest, name: str) -> list[tuple[str, str]]:
    if not has_permission(request, "view_run"):
        return []
    return [
        (reverse("admin:squid_mesh_workflows", current_app=site.name), _("Workflows")),
        (reverse("admin:squid_mesh_workflow", args=[name], current_app=site.name), name),
    ]
