"""Metrics for Prometheus: a collector that reads them from the database, and a view to scrape.

Every process of a project returns the same metrics, so scrape one of them. Needs the extra ``prometheus``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder, generate_latest
from prometheus_client.registry import Collector

from squid_mesh import api, conf

_PERMISSION = "squid_mesh.view_run"


class FiguresCollector(Collector):
    """Reads the figures at every scrape. All are gauges: pruning and limits can make them go down."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing, so that registering the collector queries no database."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return a metric family for each figure."""
        figures = api.read_metrics()
        yield from _of_runs(figures)
        yield from _of_steps(figures)
        yield from _of_clusters(figures)
        yield from _of_triggers(figures)
        yield from _of_last_minutes(figures)
        capped = [((name,), 1.0 if name in figures.capped else 0.0) for name in api.CAPPED_METRICS]
        yield _family("figure_capped", "1 if the figure stopped at its limit.", ["figure"], capped)


def exposition() -> str:
    """Return the figures in Prometheus' text format."""
    return generate_latest(_registry()).decode()


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures to staff who may view runs, and to scrapers with the token ``METRICS_TOKEN``."""
    if not (_has_token(request) or _may_view(getattr(request, "user", None))):
        message = gettext("Only staff who may view runs, or a scraper with the token, can read metrics.")
        headers = {"WWW-Authenticate": 'Bearer realm="squid_mesh"'}
        return HttpResponse(message, status=401, content_type="text/plain; charset=utf-8", headers=headers)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry()), content_type=content_type)


def _has_token(request: HttpRequest) -> bool:
    token = conf.current().METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return constant_time_compare(given.strip(), token.get_secret_value())


def _may_view(user: Any) -> bool:
    return user is not None and user.is_active and user.is_staff and user.has_perm(_PERMISSION)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(FiguresCollector())
    return registry


def _family(
    name: str, help_text: str, labels: list[str], samples: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"squid_mesh_{name}", help_text, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def _single(name: str, help_text: str, number: float) -> GaugeMetricFamily:
    return _family(name, help_text, [], [((), number)])


def _of_runs(figures: api.Metrics) -> Iterator[GaugeMetricFamily]:
    runs = [((r.workflow, r.status.value), r.number) for r in figures.runs]
    yield _family("runs", "Runs that are not finished.", ["workflow", "status"], runs)
    yield _single("runs_held", "Runs with a step that needs a person.", figures.runs_held)


def _of_steps(figures: api.Metrics) -> Iterator[GaugeMetricFamily]:
    age = figures.oldest_due_seconds
    yield _single("steps_due", "Steps that wait for a worker.", figures.due)
    yield _single(
        "oldest_due_step_age_seconds", "How long the oldest due step has waited; 0 if there is none.", age
    )
    yield _single("steps_waiting", "Steps that become due at a later time.", figures.waiting)
    yield _single("steps_running", "Steps that a worker is executing.", figures.running)
    yield _single("steps_lost", "Steps whose worker is lost: its lease has expired.", figures.lost)
    held = [((h.waiting_for,), h.number) for h in figures.held]
    yield _family("steps_held", "Steps that need a person.", ["waiting_for"], held)


def _of_clusters(figures: api.Metrics) -> Iterator[GaugeMetricFamily]:
    yield _single("clusters_alive", "Clusters that have reported lately.", figures.clusters)
    yield _single("workers_alive", "Worker processes of those clusters.", figures.workers)


def _of_triggers(figures: api.Metrics) -> Iterator[GaugeMetricFamily]:
    labels, triggers = ["workflow", "trigger"], figures.triggers
    late = [((t.workflow, t.name), t.late_seconds) for t in triggers]
    failing = [((t.workflow, t.name), float(t.failing)) for t in triggers]
    yield _family("trigger_late_seconds", "How many seconds the trigger's next run is late.", labels, late)
    yield _family("trigger_failing", "1 if the trigger can't fire.", labels, failing)


def _of_last_minutes(figures: api.Metrics) -> Iterator[GaugeMetricFamily]:
    """Figures of the last five minutes."""
    labels = ["workflow", "step", "outcome"]
    tried = [((a.workflow, a.step, a.outcome.value), a) for a in figures.attempts]
    yield _family(
        "recent_attempts", "Attempts that ended in 5 minutes.", labels, [(key, a.number) for key, a in tried]
    )
    yield _family(
        "recent_attempt_mean_seconds",
        "Mean duration of those attempts.",
        labels,
        [(key, a.mean) for key, a in tried],
    )
    yield _family(
        "recent_attempt_longest_seconds",
        "Duration of the longest of those attempts.",
        labels,
        [(key, a.longest) for key, a in tried],
    )
    ended = [((r.workflow, r.status.value), r.number) for r in figures.ended]
    yield _family("recent_runs_ended", "Runs that ended in 5 minutes.", ["workflow", "status"], ended)
