"""Reaping adopted processes: orphans whose new parent this process is, as process 1 or as a subreaper."""

from __future__ import annotations

import os
from typing import Final

_CAN_PEEK: Final = hasattr(os, "waitid")


def reap_adopted(*own_children: int | None) -> None:
    """Reap every dead child except this process's own, whose exit statuses other code waits for."""
    while _CAN_PEEK:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None or found.si_pid in own_children:
            return
        os.waitpid(found.si_pid, 0)
