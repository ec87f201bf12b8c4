"""A PostgreSQL proxy on loopback that counts the commits of one system, for any server, client and driver.

pg_stat_statements needs a server that was started with it; pg_stat_database is up to ten seconds late, and
counts autovacuum and our own probe as well. The proxy slows what passes, so a system is timed without it, and
counted in a pass of its own.
"""

import asyncio
import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import SynchronizedArray
from urllib.parse import urlencode, urlsplit

from psycopg.conninfo import conninfo_to_dict

from benchmarks.wire import Conversation, Counts

CHUNK = 65536


class Counter:
    """A running proxy: the URL for a system, and the counts so far."""

    def __init__(self, url: str, totals: "SynchronizedArray[int]") -> None:
        self.url = url
        self._totals = totals

    def read(self) -> Counts:
        return Counts(*self._totals[:])


@contextmanager
def counter(database_url: str) -> Iterator[Counter]:
    """Run a proxy between the clients and this database until the block ends."""
    spawning = multiprocessing.get_context("spawn")
    totals = spawning.Array("Q", 2)
    here, there = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(database_url, totals, there), daemon=True)
    process.start()
    try:
        yield Counter(_through(database_url, here.recv()), totals)
    finally:
        process.terminate()
        process.join()


def _through(database_url: str, port: int) -> str:
    parts = urlsplit(database_url)
    credentials = parts.netloc.rpartition("@")[0]
    plain = urlencode({"sslmode": "disable", "gssencmode": "disable"})
    return parts._replace(netloc=f"{credentials}@127.0.0.1:{port}", query=plain).geturl()


def _serve(database_url: str, totals: "SynchronizedArray[int]", announce: Connection) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_listen(conninfo_to_dict(database_url), totals, announce))


async def _listen(
    target: dict[str, str | int | None], totals: "SynchronizedArray[int]", announce: Connection
) -> None:
    async def join(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await _connect(target)
        conversation = Conversation()

        def count(data: bytes) -> None:
            before = (conversation.commits, conversation.statements)
            conversation.read(data)
            totals[0] += conversation.commits - before[0]
            totals[1] += conversation.statements - before[1]

        await asyncio.gather(
            _pass_on(client, to_server, lambda data: None),
            _pass_on(server, to_client, count),
        )

    listener = await asyncio.start_server(join, "127.0.0.1", 0)
    announce.send(listener.sockets[0].getsockname()[1])
    await listener.serve_forever()


async def _connect(target: dict[str, str | int | None]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = str(target.get("host") or "127.0.0.1"), int(target.get("port") or 5432)
    if host.startswith("/"):
        return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return await asyncio.open_connection(host, port)


async def _pass_on(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, count: Callable[[bytes], None]
) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(CHUNK):
            count(data)
            sink.write(data)
            await sink.drain()
    sink.close()
