"""Guards around the project's hooks: log handlers, signal receivers, the tracer, descriptions of objects.

A hook that raises changes nothing about a run. Its error is written to standard error, at most once a minute
for each kind of hook and process.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import cached_property
from types import TracebackType
from typing import Any, Final, TypeVar

from squid_mesh.printable import escape_controls

_Result = TypeVar("_Result")

#: Seconds between two reports of the same kind of hook.
_PAUSE: Final = 60.0
_LONGEST_REPORT: Final = 4000

_next_report: dict[str, float] = {}
_unreported: dict[str, int] = {}


class Interruption(BaseException):
    """Raised by an alarm of this package. No guard swallows it."""


#: What a guard lets pass: a person or an alarm of ours stops the process's current work.
PASSING: Final = (KeyboardInterrupt, Interruption)


class Guard:
    """A context manager that swallows and reports what the project's hook raises in its body.

    ``SystemExit`` is swallowed too: a hook doesn't end a worker between a step's code and its settle. Only
    ``KeyboardInterrupt`` and :class:`Interruption` pass. ``note`` is added to the report.
    """

    def __init__(self, hook: str, note: Callable[[], str] = str) -> None:
        self._hook = hook
        self._note = note

    def __enter__(self) -> None:
        """Enter the body."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Report the error and swallow it, unless it has to pass."""
        if kind is None or error is None or issubclass(kind, PASSING):
            return False
        _report(self._hook, error, self._note)
        return True


def call_or(default: _Result, function: Callable[..., _Result], *args: Any) -> _Result:
    """Return what the function returns, or the default if it raises. Only ``PASSING`` errors pass."""
    try:
        return function(*args)
    except PASSING:
        raise
    except BaseException:  # noqa: BLE001 - the project's code can raise anything
        return default


def text_of(value: Any, default: str = "(its message can't be read)") -> str:
    """Return ``str(value)``, or the default if that raises."""
    return call_or(default, lambda: str.__str__(str(value)))


def _report(hook: str, error: BaseException, note: Callable[[], str]) -> None:
    """Write the error to standard error, unless this kind of hook was reported in the last minute.

    It bypasses ``sys.stderr``, which the project may have replaced, and takes no lock.
    """
    now = time.monotonic()
    if now < _next_report.get(hook, now):
        _unreported[hook] = _unreported.get(hook, 0) + 1
        return
    _next_report[hook] = now + _PAUSE
    others = _unreported.pop(hook, 0)
    call_or(None, lambda: _write(_describe_report(hook, error, others, note)))


def _describe_report(hook: str, error: BaseException, others: int, note: Callable[[], str]) -> str:
    lines = [f"squid_mesh: {hook} of this project raised an error, which was ignored."]
    lines += [f"{others} more of its errors were not reported before."] if others else []
    lines += [text for text in [call_or("", note)] if text]
    unreadable = f"{type(error).__name__} (its traceback can't be read)"
    lines.append(call_or(unreadable, lambda: "".join(traceback.format_exception(error)))[-_LONGEST_REPORT:])
    return "\n".join(lines)


def _write(text: str) -> None:
    if sys.__stderr__ is not None:
        os.write(sys.__stderr__.fileno(), text.rstrip().encode(errors="backslashreplace") + b"\n")


class GuardedLogger:
    """A logger of this package. Filters, handlers and record factories of the project can't make it raise."""

    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _logger(self) -> logging.Logger:
        return logging.getLogger(self._name)

    def is_enabled_for(self, level: int) -> bool:
        """Return whether a record of that level would be logged."""
        return call_or(True, self._is_enabled_for, level)

    def _is_enabled_for(self, level: int) -> bool:
        return self._logger.isEnabledFor(level)

    def log(
        self,
        level: int,
        message: str,
        *args: Any,
        exc_info: Any = None,
        extra: Mapping[str, Any] | None = None,
        stacklevel: int = 1,
    ) -> None:
        """Log as the standard library's logger does. Texts among the arguments stay on their line."""
        args = tuple(_shown(one) for one in args)
        with Guard("a log filter, handler or record factory", lambda: f"Lost record: {message % args}"):
            logger = self._logger
            options: dict[str, Any] = {"exc_info": exc_info, "stacklevel": stacklevel + 1}
            try:
                logger.log(level, message, *args, extra=extra, **options)
            except KeyError:
                if not extra:
                    raise
                logger.log(level, message, *args, **options)  # the project's records have a name of ours

    def debug(self, message: str, *args: Any) -> None:
        """Log with level DEBUG."""
        self.log(logging.DEBUG, message, *args, stacklevel=2)

    def info(self, message: str, *args: Any) -> None:
        """Log with level INFO."""
        self.log(logging.INFO, message, *args, stacklevel=2)

    def warning(self, message: str, *args: Any, exc_info: Any = None) -> None:
        """Log with level WARNING."""
        self.log(logging.WARNING, message, *args, exc_info=exc_info, stacklevel=2)

    def error(self, message: str, *args: Any, exc_info: Any = None) -> None:
        """Log with level ERROR."""
        self.log(logging.ERROR, message, *args, exc_info=exc_info, stacklevel=2)

    def exception(self, message: str, *args: Any) -> None:
        """Log with level ERROR and the error that is being handled."""
        self.log(logging.ERROR, message, *args, exc_info=True, stacklevel=2)

    def critical(self, message: str, *args: Any) -> None:
        """Log with level CRITICAL."""
        self.log(logging.CRITICAL, message, *args, stacklevel=2)


def _shown(argument: Any) -> Any:
    """Return a text, or the message of an error, without characters that a terminal obeys."""
    if isinstance(argument, str):
        return escape_controls(argument)
    return escape_controls(text_of(argument)) if isinstance(argument, BaseException) else argument


def guard_logger(name: str) -> None:
    """Let the logger of that name, which another package uses, raise no error of the project's logging.

    Where the project's record factory fails, a plain record is logged.
    """
    logger = logging.getLogger(name)
    if "handle" in vars(logger):  # guarded before
        return
    handle, make_record = logger.handle, logger.makeRecord

    def handle_guarded(record: logging.LogRecord) -> None:
        with Guard("a log filter or handler", lambda: f"Lost record: {record.getMessage()}"):
            handle(record)

    def make_record_guarded(
        name: str, level: int, path: str, line: int, message: object, args: Any, exc_info: Any, *more: Any
    ) -> logging.LogRecord:
        with Guard("a record factory"):
            return make_record(name, level, path, line, message, args, exc_info, *more)
        return logging.LogRecord(name, level, path, line, message, args, exc_info)

    vars(logger).update(handle=handle_guarded, makeRecord=make_record_guarded)


class GuardedAdapter(logging.LoggerAdapter[logging.Logger]):
    """The logger of a step: its context in each record, and no errors of the project's log handlers."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log as the standard library's adapter does."""
        with Guard("a log filter, handler or record factory", lambda: f"Lost record: {msg}"):
            kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
            super().log(level, msg, *args, **kwargs)
