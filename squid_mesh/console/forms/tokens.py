"""One-time tokens of forms: a form that is sent twice, with the same values, starts one run."""

from __future__ import annotations

import hashlib
import json
from typing import Final
from uuid import uuid4

from django.http import HttpRequest

#: The name of the hidden field.
TOKEN: Final = "form_token"  # noqa: S105 - the name of a field
_NOT_SENT_BY_PEOPLE: Final = frozenset({"csrfmiddlewaretoken"})
_LONGEST: Final = 64


def choose_token(request: HttpRequest) -> str:
    """Return the token of a form that is shown again, or a new one."""
    return _read_token(request) or uuid4().hex


def make_key(request: HttpRequest, about: str = "") -> str | None:
    """Return the idempotency key of the posted form; None if it has no token.

    The same form, sent again by the same user with the same values, has the same key. ``about`` is what it
    starts, if it starts several runs.
    """
    if not _read_token(request):
        return None
    values = {name: found for name, found in request.POST.lists() if name not in _NOT_SENT_BY_PEOPLE}
    sent = [request.path, str(getattr(request.user, "pk", "")), about, values]
    return f"form:{hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()}"


def is_form_key(key: str | None) -> bool:
    """Return whether a run was started with such a key."""
    return key is not None and key.startswith("form:")


def _read_token(request: HttpRequest) -> str:
    token = request.POST.get(TOKEN, "") if request.method == "POST" else ""
    return token if len(token) <= _LONGEST else ""
