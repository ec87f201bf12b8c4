"""Keeping urllib3 silent during our calls: its records hold whole addresses, ours only what may be told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_here = threading.local()


@contextmanager
def mute_urllib3() -> Iterator[None]:
    """Drop the records that urllib3 logs in this thread while the body lasts."""
    before = getattr(_here, "quiet", False)
    _here.quiet = True
    try:
        yield
    finally:
        _here.quiet = before


def _passes(_record: logging.LogRecord) -> bool:
    return not getattr(_here, "quiet", False)


for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_passes)
