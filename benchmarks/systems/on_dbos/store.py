"""Reads of DBOS's own table of workflows."""

from collections.abc import Sequence

import psycopg


class Store:
    """A connection beside DBOS's own, that looks and writes nothing."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def finished(self, ids: Sequence[str]) -> int:
        row = self._connection.execute(
            "SELECT count(*) FROM dbos.workflow_status WHERE workflow_uuid = ANY(%s) AND status = 'SUCCESS'",
            [list(ids)],
        ).fetchone()
        return int(row[0]) if row else 0

    def completion_times(self, ids: Sequence[str]) -> list[float]:
        rows = self._connection.execute(
            "SELECT completed_at FROM dbos.workflow_status WHERE workflow_uuid = ANY(%s)",
            [list(ids)],
        ).fetchall()
        return [milliseconds / 1000 for (milliseconds,) in rows]

    def close(self) -> None:
        self._connection.close()
