"""Asserting what a workflow class is refused for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from squid_mesh import DefinitionError


@contextmanager
def refused(*sentences: str) -> Iterator[None]:
    """The class inside has exactly these problems, in this order; each text is a part of its sentence."""
    with pytest.raises(DefinitionError) as caught:
        yield
    problems = caught.value.details["problems"]
    assert len(problems) == len(sentences), "\n".join(problems)
    for part, problem in zip(sentences, problems, strict=True):
        assert part in problem
