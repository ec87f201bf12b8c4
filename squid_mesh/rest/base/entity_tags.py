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


def check_match(request: Request, tag: str, *, shows_tag: bool) -> None:
    """Raise RunChanged if ``If-Match`` names other versions. ``shows_tag``: its details have the present tag.

    Weak tags are accepted: a proxy that compresses responses makes tags weak, and these tags name the state
    of the run, not the bytes of a response.
    """
    if not _names(request, "If-Match", tag):
        details = {"etag": tag} if shows_tag else {}
        raise RunChanged("The run has changed since you read it. Read it again.", **details)


def _names(request: Request, header: str, tag: str) -> bool:
    """Return whether the header names that version, or any."""
    named = parse_etags(request.headers.get(header, ""))
    return "*" in named or tag in {one.removeprefix("W/") for one in named}
