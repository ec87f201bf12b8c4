"""Assertions about the problems of a workflow class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from squid_mesh import DefinitionError


@contextmanager
def expect_problems(*sentences: str) -> Iterator[None]:
    """Expect that the class in the block has exactly these problems, in order. Each text is a part of one.

    Every problem says how to fix it, after a semicolon.
    """
    with pytest.raises(DefinitionError) as caught:
        yield
    problems = caught.value.details["problems"]
    assert len(problems) == len(sentences), "\n".join(problems)
    for part, problem in zip(sentences, problems, strict=True):
        assert part in problem
        assert "; " in problem, f"no fix: {problem}"
