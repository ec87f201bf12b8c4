"""Worker clusters, and the health of the installation for probes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api, conf
from squid_mesh.rest.base.permissions import VIEW
from squid_mesh.rest.base.views import RestView, answer
from squid_mesh.rest.documentation.operations import operation
from squid_mesh.rest.values import ClusterList, Liveness


class ClustersView(RestView):
    """The worker clusters."""

    needs = {"GET": VIEW}

    @operation(
        "list_clusters", "List the worker clusters, the one seen last first.", answers={200: ClusterList}
    )
    def get(self, request: Request) -> Response:
        """Return all clusters."""
        return answer(ClusterList(results=api.list_clusters()))


class _ProbeView(RestView):
    """For users who may view runs, and for probes with the token ``METRICS_TOKEN``, which need no user."""

    needs = {"GET": VIEW}
    is_probe = False

    def perform_authentication(self, request: Request) -> None:
        """Authenticate the user, unless the request has the token. That needs no database."""
        self.is_probe = _has_token(request)
        if self.is_probe:  # otherwise throttling would authenticate the token as a user's
            request.user, request.auth = AnonymousUser(), None
        else:
            super().perform_authentication(request)

    def check_permissions(self, request: Request) -> None:
        """Check the user's permission, unless the request has the token."""
        if not self.is_probe:
            super().check_permissions(request)


class LiveView(_ProbeView):
    """Whether this process responds."""

    @operation("read_liveness", "Check that this process responds.", answers={200: Liveness})
    def get(self, request: Request) -> Response:
        """Return 200."""
        return answer(Liveness(live=True))


class ReadyView(_ProbeView):
    """Whether steps are executed."""

    @operation(
        "read_readiness",
        "Check whether the database responds and a cluster executes steps.",
        answers={200: api.Readiness, 503: api.Readiness},
    )
    def get(self, request: Request) -> Response:
        """Return 200, or 503 with the problems."""
        found = api.read_readiness()
        return answer(found, status=200 if found.ready else 503)


def _has_token(request: Any) -> bool:
    token = conf.current().METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return constant_time_compare(given.strip(), token.get_secret_value())
