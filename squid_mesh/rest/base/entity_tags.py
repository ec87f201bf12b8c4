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
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or tag in {one.removeprefix("W/") for one in known}


def check_match(request: Request, tag: str) -> None:
    """Raise RunChanged if ``If-Match`` names other versions."""
    wanted = parse_etags(request.headers.get("If-Match", ""))
    if wanted != ["*"] and tag not in wanted:
        raise RunChanged("The run has changed since you read it. Read it again.", etag=tag)
