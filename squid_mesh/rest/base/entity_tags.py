"""Entity tags of runs: ``ETag``, ``If-None-Match`` and ``If-Match``."""

from __future__ import annotations

import hashlib

from django.utils.http import parse_etags
from rest_framework.request import Request

from squid_mesh import api
from squid_mesh.rest.base.errors import RunChanged


def make_tag(run: api.RunSnapshot) -> str:
    """Return the run's entity tag, which changes whenever anything in the snapshot does."""
    return f'"{hashlib.sha256(run.model_dump_json().encode()).hexdigest()[:40]}"'


def is_known(request: Request, tag: str) -> bool:
    """Return whether the client has this version, by ``If-None-Match``."""
    return _names(request, "If-None-Match", tag)


def check_match(request: Request, tag: str, *, shows: bool) -> None:
    """Raise RunChanged if ``If-Match`` names other versions; ``shows``: with the present tag.

    A weak tag counts: compression on the way makes tags weak, and these name the run's state, not bytes.
    """
    if not _names(request, "If-Match", tag):
        about = {"etag": tag} if shows else {}
        raise RunChanged("The run has changed since you read it. Read it again.", **about)


def _names(request: Request, header: str, tag: str) -> bool:
    """Return whether the header names that version, or any."""
    named = parse_etags(request.headers.get(header, ""))
    return "*" in named or tag in {one.removeprefix("W/") for one in named}
