"""Cron triggers: read, change and fire them."""

from __future__ import annotations

from typing import Final

from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.exceptions import TriggerNotFound
from squid_mesh.rest.base.permissions import VIEW_TRIGGER, has_permission
from squid_mesh.rest.base.requests import IDEMPOTENCY_KEY, read_body, read_idempotency_key
from squid_mesh.rest.base.views import RestView, answer, find_url
from squid_mesh.rest.documentation.operations import header, operation, reply_header
from squid_mesh.rest.values import ChangeTriggerBody, Fired, FireTriggerBody, TriggerList

_KEY: Final = header(IDEMPOTENCY_KEY, "A second request with the same key returns the first run.")


class TriggersView(RestView):
    """All cron triggers."""

    needs = {"GET": VIEW_TRIGGER}

    @operation("list_triggers", "List the cron triggers, by workflow and name.", answers={200: TriggerList})
    def get(self, request: Request) -> Response:
        """Return all triggers."""
        return answer(TriggerList(results=api.list_triggers()))


class TriggerView(RestView):
    """One cron trigger."""

    needs = {"GET": VIEW_TRIGGER, "PATCH": ("change_trigger",)}

    @operation("read_trigger", "Read a cron trigger.", answers={200: api.TriggerSnapshot}, errors=[404])
    def get(self, request: Request, workflow: str, trigger: str) -> Response:
        """Return the trigger."""
        return answer(_find(workflow, trigger))

    @operation(
        "change_trigger",
        "Disable or enable a cron trigger, or override its expression or timezone; an empty text removes it.",
        answers={200: api.TriggerSnapshot},
        body=ChangeTriggerBody,
        example={"enabled": False, "expression": "30 6 * * 1-5"},
        errors=[404],
    )
    def patch(self, request: Request, workflow: str, trigger: str) -> Response:
        """Change the trigger."""
        body = read_body(ChangeTriggerBody, request)
        return answer(api.change_trigger(workflow, trigger, **body.model_dump(), actor=request.user))


class FireView(RestView):
    """Firing a cron trigger."""

    needs = {"POST": (*VIEW_TRIGGER, "start_run")}

    @operation(
        "fire_trigger",
        "Start a run of a cron trigger now. Its schedule stays as it is.",
        answers={201: Fired},
        body=FireTriggerBody,
        example={"reason": "The night's run failed."},
        headers=[_KEY, reply_header("Location", "The run's URL.", [201])],
        errors=[404, 409],
    )
    def post(self, request: Request, workflow: str, trigger: str) -> Response:
        """Fire the trigger."""
        body = read_body(FireTriggerBody, request)
        run = api.fire_trigger(
            workflow,
            trigger,
            idempotency_key=read_idempotency_key(request),
            actor=request.user,
            reason=body.reason,
        )
        return answer(
            Fired(run_id=run.id, run=run if has_permission(request.user, "view_run") else None),
            status=201,
            headers={"Location": find_url(request, "run", run.id)},
        )


def _find(workflow: str, name: str) -> api.TriggerSnapshot:
    for trigger in api.list_triggers():
        if (trigger.workflow, trigger.name) == (workflow, name):
            return trigger
    raise TriggerNotFound(
        f"Workflow {workflow!r} has no cron trigger {name!r}.", workflow=workflow, trigger=name
    )
