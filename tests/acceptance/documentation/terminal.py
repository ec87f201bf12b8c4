"""A terminal: one shell, in which each command sees the folder and the variables of earlier ones."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_END = "--- end of the commands ---"


class Terminal:
    """A shell that runs during the ``with`` block, and that ends with the first command that fails."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "-eo", "pipefail"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shell.communicate(timeout=20)

    def run(self, lines: str) -> str:
        """Execute the lines and return what they print.

        Raises:
            AssertionError: one of them failed.
        """
        assert self._shell.stdin
        assert self._shell.stdout
        self._shell.stdin.write(f"{{\n{lines}\n}} </dev/null\nprintf '\\n%s\\n' '{_END}'\n")
        self._shell.stdin.flush()
        printed: list[str] = []
        for line in self._shell.stdout:
            if line.rstrip("\n") == _END:
                return "".join(printed).removesuffix("\n")
            printed.append(line)
        raise AssertionError(f"The shell ended in:\n{lines}\n{''.join(printed)}")
