"""What a verb is: a name, its arguments, and a function that writes and gives an exit code."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Write = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Verb:
    """One sub-command. ``handle`` gives the exit code: 0, or 1 for what a script should stop at.

    ``needs_checks``: it only begins where ``manage.py check`` finds no error.
    """

    name: str
    help: str
    add_arguments: Callable[[ArgumentParser], None]
    handle: Callable[[Mapping[str, Any], Write], int]
    needs_checks: bool = True
