"""The base class of tool errors."""

from __future__ import annotations

import pytest

from squid_mesh.exceptions import SquidMeshError
from squid_mesh.tools import ToolError


def test_a_tool_error_has_a_kind_and_whether_it_is_retryable() -> None:
    error = ToolError("Busy.", kind="busy", retryable=True, delay=5, queue="left")
    assert isinstance(error, SquidMeshError)
    assert (error.kind, error.retryable, error.delay) == ("busy", True, 5)
    assert error.as_dict() == {
        "code": "tool_error",
        "message": "Busy.",
        "details": {"kind": "busy", "queue": "left"},
    }


@pytest.mark.parametrize("delay", [-1.0, float("nan"), float("inf")])
def test_a_delay_is_a_number_of_seconds(delay: float) -> None:
    with pytest.raises(ValueError, match="delay"):
        ToolError("Busy.", kind="busy", retryable=True, delay=delay)
