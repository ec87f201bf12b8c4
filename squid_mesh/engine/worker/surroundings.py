"""What a step's code may change around itself, restored after it: language, time zone, working directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import tzinfo

from django.utils import timezone, translation

from squid_mesh.hooks import Guard, call_or


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The active language, the active time zone and the working directory; None if that was deleted."""

    language: str | None
    zone: tzinfo
    folder: str | None

    @classmethod
    def read(cls) -> Surroundings:
        """Return what is active now in this thread."""
        return cls(translation.get_language(), timezone.get_current_timezone(), call_or(None, os.getcwd))

    def restore(self) -> None:
        """Restore what a step has changed: the next step may belong to another run."""
        if Surroundings.read() == self:
            return
        with Guard("the language, time zone or working directory"):
            _restore_language(self.language)
            if timezone.get_current_timezone() != self.zone:
                timezone.deactivate()
            if timezone.get_current_timezone() != self.zone:
                timezone.activate(self.zone)
            if self.folder is not None and call_or(None, os.getcwd) != self.folder:
                os.chdir(self.folder)


def _restore_language(language: str | None) -> None:
    if translation.get_language() == language:
        return
    if language is None:
        translation.deactivate_all()
        return
    translation.deactivate()
    if translation.get_language() != language:
        translation.activate(language)
