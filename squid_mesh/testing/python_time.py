"""Python's time, moved where Django and the package read it: ``timezone.now``, and code that calls it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

#: The modules that call ``datetime.now``: Django's, for ``timezone.now``, and one that can't import Django.
MODULES: Final = ("django.utils.timezone", "squid_mesh.tools.http.response")


class PythonTime:
    """Python's time in this process. ``read_ahead`` returns how far it is moved."""

    def __init__(self, read_ahead: Callable[[], timedelta]) -> None:
        self._read_ahead = read_ahead
        self._replaced: dict[str, Any] = {}

    def move(self) -> None:
        """Make the modules read the moved time. A second call changes nothing."""
        if not self._replaced:
            for name in MODULES:
                module: Any = importlib.import_module(name)
                self._replaced[name] = module.datetime
                module.datetime = _moved_class(module.datetime, self._read_ahead)

    def put_back(self) -> None:
        """Make the modules read the real time again."""
        for name, original in self._replaced.items():
            module: Any = importlib.import_module(name)
            module.datetime = original
        self._replaced.clear()


def _moved_class(original: type[datetime], read_ahead: Callable[[], timedelta]) -> type[datetime]:
    """Return a replacement of ``datetime`` for one module. Its ``now`` returns ordinary datetimes."""

    class Kind(type):
        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, original)

    class Moved(original, metaclass=Kind):  # type: ignore[misc,valid-type]
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            if tz is None:
                return original.now() + read_ahead()
            return (original.now(UTC) + read_ahead()).astimezone(tz)

    return Moved
