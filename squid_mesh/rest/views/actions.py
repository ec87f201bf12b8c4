"""What the user may do to a run now, and a view for each action that performs it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.actions import SPECS, Action
from squid_mesh.actions import Field as ActionField
from squid_mesh.exceptions import RunNotFound
from squid_mesh.rest.actions import BODIES, EXAMPLES, ActionList, Performed, offer
from squid_mesh.rest.base.entity_tags import check_match, make_tag
from squid_mesh.rest.base.permissions import AUTHENTICATED, has_permission, require_permission
from squid_mesh.rest.base.requests import IDEMPOTENCY_KEY, Body, read_body, read_idempotency_key
from squid_mesh.rest.base.views import RestView, answer, find_url
from squid_mesh.rest.documentation.operations import header, operation, reply_header
from squid_mesh.rest.views.runs import read_run
from squid_mesh.rest.visibility import check_visibility

_IF_MATCH: Final = header("If-Match", "The entity tag of the run that you read: 412 if the run has changed.")
_KEY: Final = header(IDEMPOTENCY_KEY, "A second replay with the same key and payload returns the first run.")


class ActionsView(RestView):
    """The actions that are legal now."""

    needs = {"GET": AUTHENTICATED}

    @operation(
        "list_actions",
        "List what you may do to a run now, each action with its URL and the schema of its body.",
        answers={200: ActionList},
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return the actions. Users who may not view runs see only what they may do, or 403."""
        may_view = has_permission(request.user, "view_run")
        try:
            offers = [one for one in api.explain_run(run_id, user=request.user).next_actions if one.permitted]
        except RunNotFound:
            if may_view:
                raise
            offers = []
        if not offers:
            require_permission(request.user, "view_run")
        forms = _read_forms(run_id) if any(one.action is Action.DECIDE for one in offers) else {}
        results = [
            offer(one, find_url(request, one.action.value, run_id), forms.get(one.step)) for one in offers
        ]
        return answer(ActionList(results=tuple(results)))


def _read_forms(run_id: UUID) -> Mapping[str, Mapping[str, Any] | None]:
    run = api.inspect_run(run_id, recent=0, preview=1)
    return {step.name: step.form_schema for step in run.steps if step.current}


class PerformView(RestView):
    """One action on a run. Its subclasses are made below, one for each action."""

    action: ClassVar[Action]
    needs = {"POST": AUTHENTICATED}

    def perform(self, request: Request, run_id: UUID) -> Response:
        """Perform the action as the user, if the run is the one that ``If-Match`` names."""
        body = read_body(BODIES[self.action], request)
        step = getattr(body, "step", None)
        may_view = check_visibility(request.user, run_id, self.action, step)
        has_tag = "If-Match" in request.headers
        with api.hold_run(run_id) if has_tag else nullcontext():
            if has_tag:
                check_match(request, make_tag(read_run(run_id)), shows_tag=may_view)
            done = api.perform_action(
                self.action,
                run_id,
                step=step,
                visit=getattr(body, "visit", None),
                actor=request.user,
                **self._read_fields(request, body),
            )
        created = self.action is Action.REPLAY
        message = SPECS[self.action].done_message(
            step=step or "", exit=getattr(body, "exit", ""), ending=done.status == "cancelling"
        )
        return answer(
            Performed(action=self.action, message=message, run=done if may_view else None),
            status=201 if created else 200,
            headers={"Location": find_url(request, "run", done.id)} if created else {},
        )

    def _read_fields(self, request: Request, body: Body) -> dict[str, Any]:
        fields = body.model_dump(exclude={"step", "visit"})
        if ActionField.IDEMPOTENCY_KEY in SPECS[self.action].fields:
            fields[ActionField.IDEMPOTENCY_KEY.value] = read_idempotency_key(request)
        return fields


def _make_view(action: Action) -> type[PerformView]:
    """Return the view of an action; its documentation comes from the spec."""
    spec = SPECS[action]
    created = action is Action.REPLAY
    with_key = ActionField.IDEMPOTENCY_KEY in spec.fields

    @operation(
        action.value,
        f"{spec.title or spec.label}. {'It returns the new run.' if created else ''}".rstrip(". ") + ".",
        answers={201 if created else 200: Performed},
        body=BODIES[action],
        example=EXAMPLES[action],
        headers=[
            _IF_MATCH,
            *([_KEY] if with_key else ()),
            *([reply_header("Location", "The new run's URL.", [201])] if created else ()),
        ],
        errors=[404, 409, 412, *([422] if ActionField.DATA in spec.fields else ())],
    )
    def post(self: PerformView, request: Request, run_id: UUID) -> Response:
        return self.perform(request, run_id)

    name = "".join(word.capitalize() for word in action.value.split("_"))
    return type(f"{name}View", (PerformView,), {"action": action, "post": post, "__doc__": f"{spec.label}."})


#: The view of each action.
VIEWS: Final[Mapping[Action, type[PerformView]]] = {action: _make_view(action) for action in Action}
