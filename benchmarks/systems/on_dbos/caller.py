"""A process that calls DBOS workflows itself."""

import asyncio
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection

from dbos import DBOS, SetWorkflowID

from benchmarks.systems.on_dbos import workflows
from benchmarks.workloads import Shape


def serve(database: str, name: str, pipe: Connection) -> None:
    """Call the workflows that the pipe names, and answer with the seconds taken, until asked to end."""
    workflows.launch(database, name)
    loop = asyncio.new_event_loop()
    pipe.send("up")
    try:
        while (asked := pipe.recv()) is not None:
            shape, ids = asked
            began = time.perf_counter()
            if shape is Shape.CHAIN:
                _call_chains(ids)
            else:
                loop.run_until_complete(_call_fanouts(ids))
            pipe.send(time.perf_counter() - began)
    finally:
        DBOS.destroy()


def _call_chains(ids: Sequence[str]) -> None:
    """One call after another: starting them all at once, or on a few threads, came out slower."""
    for workflow_id in ids:
        with SetWorkflowID(workflow_id):
            workflows.chain()


async def _call_fanouts(ids: Sequence[str]) -> None:
    handles = []
    for workflow_id in ids:
        with SetWorkflowID(workflow_id):
            handles.append(await DBOS.start_workflow_async(workflows.fanout))
    await asyncio.gather(*(handle.get_result() for handle in handles))
