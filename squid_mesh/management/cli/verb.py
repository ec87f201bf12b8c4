"""A verb: its name, its arguments, and the function that executes it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Write = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Verb:
    """One subcommand. ``handle`` returns the exit code: 0, or 1 if a script should stop.

    ``needs_checks``: it runs only if ``manage.py check`` finds no error.
    """

    name: str
    help: str
    add_arguments: Callable[[ArgumentParser], None]
    handle: Callable[[Mapping[str, Any], Write], int]
    needs_checks: bool = True
