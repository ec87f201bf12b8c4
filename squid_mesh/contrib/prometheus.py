"""The figures for Prometheus: a collector that reads them from the database, and a view for scrapes.

Every process of a project gives the same answer, so one of them is scraped. Needs the extra ``prometheus``.
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
    """Reads the figures anew at every scrape. All are gauges: what is pruned or capped may go down."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing, so that registering it asks no database."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure as a family of its own."""
        figures = api.read_metrics()
        yield from _of_runs(figures)
        yield from _of_steps(figures)
        yield from _of_clusters(figures)
        yield from _of_triggers(figures)
        yield from _of_late(figures)
        capped = [((name,), 1.0 if name in figures.capped else 0.0) for name in api.CAPPED_FIGURES]
        yield _family("figure_capped", "1 where the figure stopped at its limit.", ["figure"], capped)


def exposition() -> str:
    """The figures in Prometheus' text format."""
    return generate_latest(_registry()).decode()


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for staff who may see runs, and for who has the bearer token ``METRICS_TOKEN``."""
    if not (_has_token(request) or _may_look(getattr(request, "user", None))):
        told = gettext("Staff who may see runs, or a scraper with the token, may read this.")
        headers = {"WWW-Authenticate": 'Bearer realm="squid_mesh"'}
        return HttpResponse(told, status=401, content_type="text/plain; charset=utf-8", headers=headers)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry()), content_type=content_type)


def _has_token(request: HttpRequest) -> bool:
    token = conf.current().METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return constant_time_compare(given.strip(), token.get_secret_value())


def _may_look(user: Any) -> bool:
    return user is not None and user.is_active and user.is_staff and user.has_perm(_PERMISSION)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(FiguresCollector())
    return registry


def _family(
    name: str, told: str, labels: list[str], samples: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"squid_mesh_{name}", told, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def _alone(name: str, told: str, number: float) -> GaugeMetricFamily:
    return _family(name, told, [], [((), number)])


def _of_runs(figures: api.Figures) -> Iterator[GaugeMetricFamily]:
    runs = [((r.workflow, r.status.value), r.number) for r in figures.runs]
    yield _family("runs", "Runs that are not over.", ["workflow", "status"], runs)
    yield _alone("runs_held", "Runs with a step that needs a person.", figures.runs_held)


def _of_steps(figures: api.Figures) -> Iterator[GaugeMetricFamily]:
    age = figures.oldest_due_seconds
    yield _alone("steps_due", "Steps that wait for a worker.", figures.due)
    yield _alone("oldest_due_step_age_seconds", "How long the first of those has waited; 0: none.", age)
    yield _alone("steps_waiting", "Steps that a clock will make due.", figures.waiting)
    yield _alone("steps_running", "Steps that a worker executes.", figures.running)
    yield _alone("steps_lost", "Steps whose worker is silent.", figures.lost)
    held = [((h.waiting_for,), h.number) for h in figures.held]
    yield _family("steps_held", "Steps that need a person.", ["waiting_for"], held)


def _of_clusters(figures: api.Figures) -> Iterator[GaugeMetricFamily]:
    yield _alone("clusters_alive", "Clusters that have shown themselves lately.", figures.clusters)
    yield _alone("workers_alive", "Workers of those clusters.", figures.workers)


def _of_triggers(figures: api.Figures) -> Iterator[GaugeMetricFamily]:
    labels, triggers = ["workflow", "trigger"], figures.triggers
    late = [((t.workflow, t.name), t.late_seconds) for t in triggers]
    failing = [((t.workflow, t.name), float(t.failing)) for t in triggers]
    yield _family("trigger_late_seconds", "How long ago the trigger's next window was.", labels, late)
    yield _family("trigger_failing", "1 where the trigger couldn't fire.", labels, failing)


def _of_late(figures: api.Figures) -> Iterator[GaugeMetricFamily]:
    """What the last five minutes brought."""
    labels = ["workflow", "step", "outcome"]
    tried = [((a.workflow, a.step, a.outcome.value), a) for a in figures.attempts]
    yield _family(
        "recent_attempts", "Attempts that ended in 5 minutes.", labels, [(key, a.number) for key, a in tried]
    )
    yield _family(
        "recent_attempt_mean_seconds", "How long they took.", labels, [(key, a.mean) for key, a in tried]
    )
    yield _family(
        "recent_attempt_longest_seconds",
        "How long the longest took.",
        labels,
        [(key, a.longest) for key, a in tried],
    )
    ended = [((r.workflow, r.status.value), r.number) for r in figures.ended]
    yield _family("recent_runs_ended", "Runs that ended in 5 minutes.", ["workflow", "status"], ended)
