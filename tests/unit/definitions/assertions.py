"""Assertions about the problems of a workflow class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from squid_mesh import DefinitionError

#: The beginnings of problems that are not about one step.
_OF_THE_WORKFLOW = ("its flow", "its steps", "its name")


@contextmanager
def expect_problems(*sentences: str) -> Iterator[None]:
    """Expect that the class in the block has exactly these problems, in order. Each text is a part of one.

    Every problem says how to fix it, after a semicolon. A text that starts with ``its`` or ``it`` follows the
    name of the step that it is about, unless it is about the workflow.
    """
    with pytest.raises(DefinitionError) as caught:
        yield
    problems = caught.value.details["problems"]
    assert len(problems) == len(sentences), "\n".join(problems)
    for part, problem in zip(sentences, problems, strict=True):
        assert part in problem
        if part.startswith(("its ", "it ")) and not part.startswith(_OF_THE_WORKFLOW):
            assert re.search(r", step '[^']+': $", problem[: problem.index(part)]), f"no step: {problem}"
        assert "; " in problem, f"no fix: {problem}"
