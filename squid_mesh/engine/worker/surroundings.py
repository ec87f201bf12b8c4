"""What a step's code may change around itself, restored after it: language, time zone, working directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone, translation

from squid_mesh.hooks import Guard, call_or


@contextmanager
def restored_surroundings() -> Iterator[None]:
    """Restore the active language, the active time zone and the working directory after the body.

    The next step of this process may belong to another run.
    """
    language, zone = translation.get_language(), timezone.get_current_timezone()
    folder = call_or(None, os.getcwd)
    try:
        yield
    finally:
        with Guard("the language, time zone or working directory"):
            _restore_language(language)
            if timezone.get_current_timezone() != zone:
                timezone.deactivate()
            if timezone.get_current_timezone() != zone:
                timezone.activate(zone)
            if folder is not None and call_or(None, os.getcwd) != folder:
                os.chdir(folder)


def _restore_language(language: str | None) -> None:
    if translation.get_language() == language:
        return
    if language is None:
        translation.deactivate_all()
        return
    translation.deactivate()
    if translation.get_language() != language:
        translation.activate(language)
