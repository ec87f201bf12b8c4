"""A process that executes the workflows in the DBOS queue."""

from multiprocessing.connection import Connection

from dbos import DBOS

from benchmarks.systems.on_dbos import workflows

# Workflows that a worker has in hand: 4, 8, 60 and DBOS's own default, no limit, came out slower or equal.
IN_FLIGHT = 20


def serve(database: str, name: str, pipe: Connection) -> None:
    """Work until asked to end."""
    workflows.launch(database, name)
    DBOS.register_queue(
        workflows.QUEUE, polling_interval_sec=workflows.POLL_SECONDS, worker_concurrency=IN_FLIGHT
    )
    pipe.send("up")
    pipe.recv()
    DBOS.destroy()
