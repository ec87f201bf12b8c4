"""Infrastructure check."""

from __future__ import annotations

from squid_mesh import api
from tests.acceptance.browser.conftest import Visit, person
from tests.acceptance.browser.shop.workflows import Refund
from tests.acceptance.processes import until


def test_smoke(visit: Visit, cluster) -> None:
    run = api.start_run(Refund, {"order": 1, "card": "4111"})
    until(lambda: api.inspect_run(run.id).status == "paused", 20, "paused", lambda: cluster.log)
    visitor = visit(person("ada", group="Finance"))
    visitor.look_closely()
    visitor.go("squid_mesh/run/")
    visitor.look_closely()
