"""Starting a run from a form that is made of its trigger's payload model."""

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

#: For a payload whose model has no JSON schema: all of it in one field.
_WHOLE: Final = "payload"
_NO_SCHEMA: Final = {"properties": {_WHOLE: {"type": "object"}}, "required": [_WHOLE]}
_KEY: Final = "idempotency_key"
_MOMENT: Final = "start_at"
_TAGS: Final = "tags"


def start(site: AdminSite, request: HttpRequest, workflow: str, trigger: str) -> HttpResponse:
    """The form, and the run that it starts. What the api refuses stands at its field, and nothing is lost."""
    require_permission(request, "start_run")
    found, schema = _asked(workflow, trigger)
    data = request.POST if request.method == "POST" else None
    payload = make_form(_NO_SCHEMA if schema is None else schema, data=data, prefix="payload")
    options = make_form(_options(), data=data, prefix="run")
    if data is not None and payload.is_valid() and options.is_valid():
        given = read_values(payload)
        run = _started(
            request, found, trigger, given if schema is not None else given.get(_WHOLE), payload, options
        )
        if run is not None:
            return _gone_to(site, request, run)
    return render_page(
        request,
        site,
        "start.html",
        title=_("Start a run of %(workflow)s") % {"workflow": found.name},
        workflow=found,
        trigger=next(one for one in found.triggers if one.name == trigger),
        payload=payload,
        options=options,
        refused=bool(payload.errors or options.errors),
        crumbs=_crumbs(site, request, found.name),
    )


def _asked(workflow: str, trigger: str) -> tuple[api.WorkflowSnapshot, dict[str, Any] | None]:
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


def _options() -> dict[str, Any]:
    return {
        "properties": {
            _KEY: {
                "type": "string",
                "title": _("Idempotency key"),
                "description": _("With the same key, trigger and payload a run is started only once."),
            },
            _TAGS: {
                "type": "string",
                "title": _("Tags"),
                "description": _("Short words by which the run is found, with commas between them."),
            },
            _MOMENT: {
                "type": "string",
                "format": "date-time",
                "title": _("Start at"),
                "description": _("Left empty, the run starts now."),
            },
        }
    }


def _started(
    request: HttpRequest,
    found: api.WorkflowSnapshot,
    trigger: str,
    given: Any,
    payload: SchemaForm,
    options: SchemaForm,
) -> api.StartedRun | None:
    """The run; None where it was refused and the forms say why."""
    chosen = read_values(options)
    try:
        return api.start_run(
            found.name,
            given,
            trigger=trigger,
            idempotency_key=chosen.get(_KEY),
            tags=split_tags(chosen.get(_TAGS, "")),
            start_at=_moment(chosen.get(_MOMENT)),
            actor=request.user,
        )
    except PayloadError as error:
        add_errors(payload, error.details["errors"])
    except IdempotencyConflict as error:
        add_errors(options, {_KEY: [error.message]})
    except InvalidArgument as error:
        add_errors(options, {error.details["argument"]: [error.message]})
    except NotPermitted:
        raise PermissionDenied from None
    except SquidMeshError as error:
        add_errors(payload, {"__all__": [error.message]})
    return None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidArgument(_("This is no moment."), argument=_MOMENT) from None


def _gone_to(site: AdminSite, request: HttpRequest, run: api.StartedRun) -> HttpResponse:
    said = _("Run %(run)s of %(workflow)s is started.") % {"run": run.id, "workflow": run.workflow}
    if run.existed:
        said = _("Nothing was started: this is the run of %(workflow)s that has that idempotency key.")
        messages.warning(request, said % {"workflow": run.workflow})
    else:
        messages.success(request, said)
    if has_permission(request, "view_run"):
        to = reverse("admin:squid_mesh_run_change", args=[run.id], current_app=site.name)
    else:
        to = reverse("admin:squid_mesh_start", args=[run.workflow, run.trigger], current_app=site.name)
    return HttpResponseRedirect(to)


def _crumbs(site: AdminSite, request: HttpRequest, name: str) -> list[tuple[str, str]]:
    if not has_permission(request, "view_run"):
        return []
    return [
        (reverse("admin:squid_mesh_workflows", current_app=site.name), _("Catalogue")),
        (reverse("admin:squid_mesh_workflow", args=[name], current_app=site.name), name),
    ]
