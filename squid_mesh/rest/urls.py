"""The URLs: ``path("workflows-api/", include("squid_mesh.rest.urls"))``."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter

from squid_mesh.rest.base.addresses import RunIdConverter
from squid_mesh.rest.documentation import components  # noqa: F401 - registers itself
from squid_mesh.rest.views import (
    actions,
    changes,
    clusters,
    graphs,
    histories,
    inbox,
    openapi,
    runs,
    start,
    triggers,
    workflows,
)

register_converter(RunIdConverter, "squid_mesh_run")
app_name = "squid_mesh_rest"
_RUN = "runs/<squid_mesh_run:run_id>/"
_STEP = f"{_RUN}steps/<str:step>/"
_TRIGGER = "triggers/<str:workflow>/<str:trigger>/"

_resources: list[URLPattern] = [
    path("workflows/", workflows.WorkflowsView.as_view(), name="workflows"),
    path("workflows/<str:workflow>/", workflows.WorkflowView.as_view(), name="workflow"),
    path("workflows/<str:workflow>/graph/", graphs.WorkflowGraphView.as_view(), name="workflow_graph"),
    path("workflows/<str:workflow>/runs/", start.StartView.as_view(), name="start"),
    path("runs/", runs.RunsView.as_view(), name="runs"),
    path(_RUN, runs.RunView.as_view(), name="run"),
    path(f"{_RUN}explanation/", runs.ExplanationView.as_view(), name="explanation"),
    path(f"{_RUN}graph/", graphs.RunGraphView.as_view(), name="run_graph"),
    path(f"{_RUN}actions/", actions.ActionsView.as_view(), name="actions"),
    path(f"{_RUN}events/", histories.EventsView.as_view(), name="events"),
    path(f"{_RUN}payload/", histories.PayloadView.as_view(), name="payload"),
    path(f"{_STEP}attempts/", histories.AttemptsView.as_view(), name="attempts"),
    path(f"{_STEP}input/", histories.InputView.as_view(), name="input"),
    path(f"{_RUN}changes/", changes.ChangesView.as_view(), name="changes"),
    path(f"{_STEP}output/", histories.OutputView.as_view(), name="output"),
    path("inbox/", inbox.InboxView.as_view(), name="inbox"),
    path("triggers/", triggers.TriggersView.as_view(), name="triggers"),
    path(_TRIGGER, triggers.TriggerView.as_view(), name="trigger"),
    path(f"{_TRIGGER}fire/", triggers.FireView.as_view(), name="fire"),
    path("clusters/", clusters.ClustersView.as_view(), name="clusters"),
    path("health/live/", clusters.LiveView.as_view(), name="live"),
    path("health/ready/", clusters.ReadyView.as_view(), name="ready"),
]
_actions: list[URLPattern] = [
    path(f"{_RUN}actions/{action.value}/", view.as_view(), name=action.value)
    for action, view in actions.VIEWS.items()
]
urlpatterns: list[URLPattern] = [
    *_resources,
    *_actions,
    path("schema/", openapi.SchemaView.as_view(), name="schema"),
]
