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
        #: By module what was there, and what replaces it.
        self._replaced: dict[str, tuple[type[datetime], type[datetime]]] = {}

    def move(self) -> None:
        """Make the modules read the moved time. A second call changes nothing."""
        for name in MODULES:
            module: Any = importlib.import_module(name)
            if not self._is_replaced(name, module):
                moved = _moved_class(module.datetime, self._read_ahead)
                self._replaced[name] = module.datetime, moved
                module.datetime = moved

    def put_back(self) -> None:
        """Make the modules read the real time again.

        What another tool, such as freezegun, has put there meanwhile stays.
        """
        for name, (original, _) in self._replaced.items():
            module: Any = importlib.import_module(name)
            if self._is_replaced(name, module):
                module.datetime = original
        self._replaced.clear()

    def _is_replaced(self, name: str, module: Any) -> bool:
        return name in self._replaced and module.datetime is self._replaced[name][1]


def _moved_class(original: type[datetime], read_ahead: Callable[[], timedelta]) -> type[datetime]:
    """Return a replacement of ``datetime`` for one module. Its ``now`` returns ordinary datetimes."""

    class Kind(type(original)):  # type: ignore[misc] # that of freezegun's class is one of its own
        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, original)

    class Moved(original, metaclass=Kind):  # type: ignore[misc,valid-type]
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            if tz is None:
                return original.now() + read_ahead()
            return (original.now(UTC) + read_ahead()).astimezone(tz)

    return Moved
