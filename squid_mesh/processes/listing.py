"""The processes of clusters on this machine, from Linux's ``/proc``; none on other systems."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
#: Seconds. A younger process may be one that a leader has just forked, or a leader that hasn't reported yet.
_SETTLED: Final = 30.0


@dataclass(frozen=True, slots=True)
class Listed:
    """A process, its parent, and the leader of its process group."""

    pid: int
    parent: int
    group: int
    age: float


def find_orphans(verbs: Sequence[Sequence[str]]) -> list[Listed]:
    """Return the processes with one of these verbs in their command line whose cluster has ended.

    They were started in this process's working directory, their parent is no such process, and the leader of
    their process group no longer exists.
    """
    found = {process.pid: process for process in _list_processes(verbs)}
    return [
        process
        for process in found.values()
        if process.age >= _SETTLED
        and process.parent not in found
        and process.group != process.pid
        and not (_PROC / str(process.group)).exists()
    ]


def _list_processes(verbs: Sequence[Sequence[str]]) -> Iterator[Listed]:
    if not (_PROC / "self" / "stat").exists():
        return
    here = Path.cwd()
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):  # it has ended, or belongs to another user
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if any(_contains(words, verb) for verb in verbs) and (folder / "cwd").readlink() == here:
                yield _read(folder)


def _contains(words: Sequence[str], verb: Sequence[str]) -> bool:
    """Return whether a command line runs that verb: ``python manage.py squid_mesh worker …``."""
    length = len(verb)
    return any(tuple(words[at : at + length]) == tuple(verb) for at in range(1, len(words) - length + 1))


def _read(folder: Path) -> Listed:
    text = (folder / "stat").read_text(errors="replace")
    fields = text[text.rindex(")") + 2 :].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return Listed(
        pid=int(folder.name),
        parent=int(fields[1]),
        group=int(fields[2]),
        age=time.clock_gettime(time.CLOCK_BOOTTIME) - started,
    )
