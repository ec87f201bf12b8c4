"""Leaving steps to other clusters whose code this one doesn't have, as long as another one may have it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from django.db import Error

from squid_mesh import conf
from squid_mesh.definitions.code_paths import can_load
from squid_mesh.engine.claim import give_back, remember_unanswered
from squid_mesh.engine.connection_errors import is_connection_error
from squid_mesh.engine.settle.results import CodeNotFound
from squid_mesh.engine.worker.guards.surroundings import Surroundings
from squid_mesh.exceptions import UnreadableDefinition
from squid_mesh.hooks import GuardedLogger, call_or
from squid_mesh.models import Definition
from squid_mesh.store import missing
from squid_mesh.store.backend import backend_of
from squid_mesh.store.clusters import read_missing_of_others, show_missing
from squid_mesh.store.definitions import read_blueprint
from squid_mesh.store.steps import end_waits_for_code
from squid_mesh.store.values import Claim, MissingCode

logger = GuardedLogger("squid_mesh.engine")


def leave_to_others(claim: Claim, definition: str, result: CodeNotFound, settings: conf.Settings) -> bool:
    """Give the step back if another cluster may have its code; return False if none may.

    The cluster remembers what it doesn't have and shows that to the others before it looks at what they don't
    have. So of clusters that find the same at the same time, at least one sees that none has the code.
    """
    found = MissingCode(definition=definition, step=claim.name, path=result.path)
    try:
        if not _leave(found, settings):
            return False
        give_back(claim, settings)
    except Error as error:
        if is_connection_error(error):
            remember_unanswered(claim.token)
        raise
    return True


def _leave(found: MissingCode, settings: conf.Settings) -> bool:
    now = time.monotonic()
    known = missing.find_known(found)
    is_known = known is not None and known.until > now
    if known is not None and is_known and known.left:
        return True
    until = now + settings.CODE_RECHECK_SECONDS
    remember = partial(missing.remember, found, until=until, now=now)
    # Another worker may find the same now: what it has written must not be taken back.
    if not is_known and not remember(left=False):
        return False
    cluster = missing.read_cluster()
    if cluster is not None:
        show_missing(cluster, missing.list_shown(now), settings.DATABASE)
    if not _may_have(read_missing_of_others(cluster, settings.DATABASE), found):
        return False
    logger.warning(
        "Step %s of definition %s is left to other clusters: its code at %s is missing here.",
        found.step,
        found.definition[:8],
        found.path,
    )
    return remember(left=True)


def _may_have(others: Sequence[Sequence[MissingCode]], found: MissingCode) -> bool:
    """Return whether there is another cluster that doesn't say that it misses this."""
    return any(not any(one.includes(found) for one in theirs) for theirs in others)


def stop_leaving(settings: conf.Settings) -> None:
    """Claim again what is left to others although none of them has it now, so that it is shown as missing.

    A cluster calls this at each heartbeat. It costs nothing while nothing is left.
    """
    left = [known for known in missing.list_known() if known.left and known.missing.step]
    if not left:
        return
    others = read_missing_of_others(missing.read_cluster(), settings.DATABASE)
    for known in left:
        if not _may_have(others, known.missing):
            missing.remember(known.missing, until=known.until, left=False, now=time.monotonic())


def check_again(settings: conf.Settings) -> None:
    """Forget what isn't missing any more, of what was found missing ``CODE_RECHECK_SECONDS`` ago or earlier.

    What isn't left to others is forgotten anyway: the worker that claims its step next finds out.
    """
    now = time.monotonic()
    for known in missing.list_known():
        if known.until > now:
            continue
        if known.left and not _is_here(known.missing, settings.DATABASE):
            until = now + settings.CODE_RECHECK_SECONDS
            missing.remember(known.missing, until=until, left=True, now=now)
        else:
            missing.forget(known.missing)


def _is_here(found: MissingCode, using: str) -> bool:
    if found.step:
        surroundings = Surroundings.read()
        try:
            return call_or(False, can_load, found.path)
        finally:
            surroundings.restore()
    try:
        read_blueprint(found.definition, using)
    except UnreadableDefinition:
        return False
    except Definition.DoesNotExist:  # pruned
        return True
    return True


def welcome_cluster(settings: conf.Settings) -> None:
    """Make the steps due that wait for code: a cluster has started that may have it."""
    if end_waits_for_code(settings.DATABASE):
        backend_of(settings.DATABASE).notify_workers()
