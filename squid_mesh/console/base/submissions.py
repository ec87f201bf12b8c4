"""The key of a form's submission: pressing its button twice starts one run."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

#: The name of the hidden field.
SUBMISSION: Final = "submission"
_PREFIX: Final = "form:"


def make_submission_key() -> str:
    """Return the idempotency key of a form that is shown now."""
    return f"{_PREFIX}{uuid4()}"


def read_submission_key(posted: str | None) -> str | None:
    """Return the key that the form was shown with; None if the text isn't one."""
    try:
        return f"{_PREFIX}{UUID((posted or '').removeprefix(_PREFIX))}"
    except ValueError:
        return None
