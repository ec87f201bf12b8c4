"""Where a supervisor keeps its board, so that ``squid_mesh health`` on the same machine finds it."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from django.db import connections

from squid_mesh import conf
from squid_mesh.exceptions import RuntimeFolderRefused
from squid_mesh.processes.state import State, read_state


def board_path() -> Path:
    """Return the path of this supervisor's board. Also remove the boards of supervisors that were killed.

    Raises:
        RuntimeFolderRefused: the folder can't be made, or another user could change it.
    """
    folder = _open_folder()
    for path in folder.glob("*.board"):
        if read_state(_pid_of(path), 0) is State.DEAD:
            with suppress(FileNotFoundError):
                path.unlink()
    return folder / f"{_project()}-{os.getpid()}.board"


def find_boards() -> list[Path]:
    """Return the boards of this project's supervisors on this machine, also of those that were killed."""
    return sorted(_folder().glob(f"{_project()}-*.board"))


def _folder() -> Path:
    named = conf.current().RUNTIME_DIR
    return Path(named) if named else Path(tempfile.gettempdir()) / f"squid-mesh-worker-{os.getuid()}"


def _open_folder() -> Path:
    folder = _folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise RuntimeFolderRefused(
            f"{folder} can't be used: {error.strerror}.", folder=str(folder)
        ) from error
    safe = found.st_uid in (os.getuid(), 0) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(found.st_mode) or not safe:
        message = f"{folder} is no folder that only this user can change."
        raise RuntimeFolderRefused(message, folder=str(folder))
    return folder


def _project() -> str:
    """Return a short name for the database of this project's runs."""
    found = connections[conf.database()].settings_dict
    parts = [str(found.get(key) or "") for key in ("ENGINE", "HOST", "PORT", "NAME")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _pid_of(path: Path) -> int:
    number = path.stem.rpartition("-")[2]
    return int(number) if number.isdigit() else 0
