"""The shapes as DBOS workflows."""

import asyncio
from typing import Any

from dbos import DBOS, DBOSConfig

from benchmarks.workloads import BRANCHES, Shape

QUEUE = "benchmark"
POLL_SECONDS = 0.05


def launch(database: str, executor: str) -> None:
    """Bring DBOS up in this process, with stock settings."""
    config: DBOSConfig = {
        "name": "benchmark",
        "system_database_url": database,
        "executor_id": executor,
        "application_version": "1",
        "log_level": "WARNING",
    }
    DBOS(config=config)
    DBOS.launch()


@DBOS.step()
def no_op() -> None:
    """Do nothing, and be recorded."""


@DBOS.step()
async def async_no_op() -> None:
    """Do nothing on the event loop, and be recorded."""


@DBOS.workflow()
def chain() -> None:
    for _ in range(Shape.CHAIN.steps):
        no_op()


@DBOS.workflow()
async def fanout() -> None:
    """Fan out inside the process that runs the workflow."""
    await async_no_op()
    await asyncio.gather(*(async_no_op() for _ in range(BRANCHES)))
    await async_no_op()


@DBOS.workflow()
def branch() -> None:
    no_op()


@DBOS.workflow()
def queued_fanout() -> None:
    """Fan out over the workers, as DBOS documents it: a queued workflow for each branch."""
    no_op()
    branches: list[Any] = [DBOS.enqueue_workflow(QUEUE, branch) for _ in range(BRANCHES)]
    for handle in branches:
        handle.get_result(polling_interval_sec=POLL_SECONDS)
    no_op()
