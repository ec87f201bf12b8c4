"""Call an approval's ``assignee`` function and encode its answer as texts, without Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from squid_mesh.definitions.code_paths import load_code
from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.declare.outcomes import StepFailed
from squid_mesh.definitions.request import encode_pk, encode_username
from squid_mesh.definitions.values.signature import bind_arguments, read_signature
from squid_mesh.definitions.values.texts import find_text_error


def find_assignees(path: str, ctx: StepContext, quorum: int) -> tuple[str, ...]:
    """Return the people that the function at that path names, each once, encoded as in :mod:`.request`.

    Raises:
        InputError: the state can't supply the function's parameters.
        CodeMissing: the function can't be loaded.
        StepFailed: it named fewer people than the quorum, so the approval could never end, or it returned
            something that is not a user, a primary key or a username.
    """
    function = load_code(path)
    signature = read_signature(function)
    arguments = bind_arguments(signature, ctx.state, {}, {})
    if signature.context is not None:
        arguments[signature.context] = ctx
    named = tuple(dict.fromkeys(_encode_people(function(**arguments), path)))
    if len(named) < quorum:
        message = (
            f"The assignee function {path} returned too few people: {len(named)}, but {quorum} must approve."
        )
        raise StepFailed(message, assignee=path, named=list(named), quorum=quorum)
    return named


def _encode_people(answer: Any, path: str) -> Iterator[str]:
    if answer is None or answer == "":
        return
    if isinstance(answer, str):
        if error := find_text_error(answer):
            raise StepFailed(
                f"The assignee function {path} returned {answer!r}, which {error}.", assignee=path
            )
        yield encode_username(answer)
    elif isinstance(answer, int | UUID) and not isinstance(answer, bool):
        yield encode_pk(answer)
    elif getattr(answer, "pk", None) is not None:
        yield encode_pk(answer.pk)
    elif isinstance(answer, Iterable) and not isinstance(answer, Mapping | bytes):
        for member in answer:
            yield from _encode_people(member, path)
    else:
        kind = type(answer).__name__
        message = f"The assignee function {path} returned a {kind}; return users, primary keys or usernames."
        raise StepFailed(message, assignee=path)
