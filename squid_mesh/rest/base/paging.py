"""The URL of the next page of a list."""

from __future__ import annotations

from urllib.parse import urlencode

from rest_framework.request import Request


def next_page(request: Request, name: str, value: str | int | None) -> str | None:
    """Return the request's URL with that parameter set, or None on the last page."""
    if value is None:
        return None
    pairs = [(key, one) for key, values in request.query_params.lists() if key != name for one in values]
    address = f"{request.path}?{urlencode([*pairs, (name, value)])}"
    return str(request.build_absolute_uri(address))
