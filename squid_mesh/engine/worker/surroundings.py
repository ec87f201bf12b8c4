"""What a step's code may change around itself, restored after it.

The active language, the active time zone, the working directory and the process's alarm.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import tzinfo

from django.utils import timezone, translation

from squid_mesh.engine.worker.alarm_state import AlarmState
from squid_mesh.hooks import Guard, call_or


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The language, the time zone, the working directory and the alarm.

    ``folder`` is None if the working directory was deleted, ``alarm`` outside of the main thread.
    """

    language: str | None
    zone: tzinfo
    folder: str | None
    alarm: AlarmState | None

    @classmethod
    def read(cls) -> Surroundings:
        """Return what is active now in this thread."""
        return cls(*_read_active(), AlarmState.read())

    def restore(self) -> None:
        """Restore what a step has changed: the next step may belong to another run."""
        if self.alarm is not None:
            self.alarm.restore()
        if _read_active() == (self.language, self.zone, self.folder):
            return
        with Guard("the language, time zone or working directory"):
            _restore_language(self.language)
            if timezone.get_current_timezone() != self.zone:
                timezone.deactivate()
            if timezone.get_current_timezone() != self.zone:
                timezone.activate(self.zone)
            if self.folder is not None and call_or(None, os.getcwd) != self.folder:
                os.chdir(self.folder)


def _read_active() -> tuple[str | None, tzinfo, str | None]:
    return translation.get_language(), timezone.get_current_timezone(), call_or(None, os.getcwd)


def _restore_language(language: str | None) -> None:
    if translation.get_language() == language:
        return
    if language is None:
        translation.deactivate_all()
        return
    translation.deactivate()
    if translation.get_language() != language:
        translation.activate(language)
