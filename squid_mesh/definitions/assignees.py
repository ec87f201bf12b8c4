"""Asking an approval's ``assignee`` function, and reading its answer as texts, without knowing Django."""

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
    """Whom the function at that dotted path names, each once, as :mod:`.request` writes them.

    Raises:
        InputError: the state can't supply its parameters.
        CodeMissing: it isn't there.
        StepFailed: it names fewer people than the quorum, so that nobody could ever decide, or none at all.
    """
    function = load_code(path)
    signature = read_signature(function)
    arguments = bind_arguments(signature, ctx.state, {}, {})
    if signature.context is not None:
        arguments[signature.context] = ctx
    named = tuple(dict.fromkeys(_texts(function(**arguments), path)))
    if len(named) < quorum:
        told = f"The assignee function {path} named {len(named)} of the {quorum} people needed to approve."
        raise StepFailed(told, assignee=path, named=list(named), quorum=quorum)
    return named


def _texts(answer: Any, path: str) -> Iterator[str]:
    if answer is None or answer == "":
        return
    if isinstance(answer, str):
        if fault := find_text_error(answer):
            raise StepFailed(f"The assignee function {path} named {answer!r}, which {fault}.", assignee=path)
        yield encode_username(answer)
    elif isinstance(answer, int | UUID) and not isinstance(answer, bool):
        yield encode_pk(answer)
    elif getattr(answer, "pk", None) is not None:
        yield encode_pk(answer.pk)
    elif isinstance(answer, Iterable) and not isinstance(answer, Mapping | bytes):
        for member in answer:
            yield from _texts(member, path)
    else:
        kind = type(answer).__name__
        told = f"The assignee function {path} returned a {kind}; return users, primary keys or usernames."
        raise StepFailed(told, assignee=path)
