"""Calling a step's code: bind its input, ask its guard, run it under its deadline, say what it came to."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from squid_mesh.definitions.blueprint import OK, StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.declare.outcomes import AskPeople, Defer, Outcome, RetryLater, Sleep, StepFailed
from squid_mesh.definitions.values import signature as signatures
from squid_mesh.definitions.values.output import OutputError, dump_masked, dump_value
from squid_mesh.definitions.values.signature import InputError, Signature
from squid_mesh.definitions.values.texts import replace_unstorable
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.results import (
    Bypassed,
    CodeNotFound,
    Deferred,
    Done,
    Failure,
    Held,
    Result,
    Sleeping,
)
from squid_mesh.engine.step_code import callable_at, output_of
from squid_mesh.engine.worker.redaction import find_secrets, redact_error
from squid_mesh.engine.worker.timeout import StepTimeout, call_async, deadline
from squid_mesh.store.values import Claim, Json
from squid_mesh.tools.errors import ToolError

logger = logging.getLogger("squid_mesh.engine")

_TRACEBACK_LIMIT = 20_000


def invoke(claim: Claim, memory: RunMemory) -> tuple[Result, Json]:
    """Execute the claimed step. Returns what it came to and the input it was given, both JSON-ready.

    Whatever the step's code raises ends up in the result; only the end of the process escapes. An error tells
    none of the secrets that the step was given.
    """
    arguments: dict[str, Any] = {}
    result, given = _invoked(claim, memory, arguments)
    match result:
        case Failure():
            secrets = find_secrets(arguments, memory, claim.name)
            result = replace(result, error=redact_error(result.error, secrets))
        case Deferred(_, reason) if reason:
            result = replace(result, reason=find_secrets(arguments, memory, claim.name).mask_text(reason))
    return result, given


def _invoked(  # noqa: C901 - one arm a verdict
    claim: Claim, memory: RunMemory, arguments: dict[str, Any]
) -> tuple[Result, Json]:
    """As :func:`invoke`, with secrets; ``arguments`` are filled in."""
    step = memory.blueprint.by_name[claim.name]
    context = _context(claim, memory)
    given: Json = None
    try:
        target, guard = callable_at(step.target), load_code(step.when) if step.when else None
        with deadline(step.timeout):
            if guard is not None and not _call(guard, *_bound(guard, step, context, {})):
                return Bypassed(), None
            shape, bound = _bound(target, step, context, step.options)
            arguments.update(bound)
            given = _snapshot(shape, arguments)
            value = _call(target, shape, arguments, step.timeout)
        return _done(step, shape, value), given
    except CodeMissing as error:
        return CodeNotFound({**_error(error, {"path": error.path}), "code": "code_missing"}), given
    except InputError as error:
        details = {"errors": error.errors, "available": error.available}
        return _final(error, "invalid_input", details), given
    except OutputError as error:
        return _final(error, "invalid_output", {}), given
    except StepTimeout:
        message = f"The step took longer than its timeout of {step.timeout:g} s."
        return Failure({"type": "Timeout", "message": message}, timed_out=True), given
    except AskPeople as ask:
        return Held(ask.request, ask.seconds), None
    except Sleep as sleep:
        return Sleeping(sleep.seconds), given
    except Defer as defer:
        return Deferred(defer.seconds, replace_unstorable(_said(defer))), given
    except StepFailed as error:
        return _final(error, "step_failed", error.details), given
    except RetryLater as error:
        return Failure(_error(error, error.details), delay=error.seconds), given
    except ToolError as error:
        told = {**_error(error, error.details), "code": replace_unstorable(_said(error.code))}
        return Failure(told, retryable=_retryable(error, step), delay=error.delay), given
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - user code; some libraries' timeouts are no Exception
        return Failure(_error(error), retryable=_retryable(error, step)), given


def _context(claim: Claim, memory: RunMemory) -> StepContext:
    state, results = memory.state_for(claim.name)
    return StepContext(
        run_id=claim.run_id,
        workflow=memory.head.workflow,
        step=claim.name,
        attempt=claim.attempt,
        visit=claim.visit,
        state=state,
        results=results,
        schedule=memory.head.schedule,
        resumed=claim.deferrals > 0,
        request=claim.request,
    )


def _bound(
    target: Any, step: StepBlueprint, context: StepContext, options: Mapping[str, Any]
) -> tuple[Signature, dict[str, Any]]:
    shape = signatures.read_signature(target)
    arguments = signatures.bind_arguments(shape, context.state, step.input, options)
    if shape.context is not None:
        arguments[shape.context] = _own(context)
    return shape, arguments


def _own(context: StepContext) -> StepContext:
    """The context with values of its own: what the step does to them, no other step is to see."""
    return replace(context, state=_copied(context.state), results=_copied(context.results))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _call(target: Any, shape: Signature, arguments: dict[str, Any], seconds: float | None = None) -> Any:
    if shape.is_async:
        return call_async(target, arguments, seconds)
    return target(**arguments)


def _snapshot(shape: Signature, arguments: Mapping[str, Any]) -> Json:
    """The bound arguments as JSON, for the history: what is declared a secret is masked there already."""
    return {name: _recorded(value) for name, value in arguments.items() if name != shape.context}


def _recorded(value: Any) -> Json:
    try:
        recorded: Json = dump_masked(value)
        return recorded
    except OutputError:
        return _described(value)


def _jsonable(value: Any) -> Json:
    try:
        dumped: Json = dump_value(value, None)
        return dumped
    except Exception:  # noqa: BLE001 - user code writes its own values
        return _described(value)


def _described(value: Any) -> str:
    """The beginning of what Python says of it."""
    try:
        return replace_unstorable(repr(value)[:200])
    except Exception:  # noqa: BLE001 - user code, too
        return f"(a {replace_unstorable(type(value).__name__)} that can't be read)"


def _done(step: StepBlueprint, shape: Signature, value: Any) -> Result:
    label, adapter = OK, shape.returns
    if isinstance(value, Outcome):
        label, value, adapter = value.label, value.value, None
    if label != OK and label not in step.outcomes:
        known = ", ".join([OK, *step.outcomes])
        message = f"The step returned outcome {label!r}, which leads nowhere; its outcomes are: {known}."
        error = {"type": "Outcome", "code": "unknown_outcome", "message": message}
        return Failure(error, retryable=False)
    return Done(label, output_of(step, value, adapter))


def _final(error: BaseException, code: str, details: Mapping[str, Any]) -> Failure:
    return Failure({**_error(error, details), "code": code}, retryable=False)


def _error(error: BaseException, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    kind = type(error)
    lines = "".join(traceback.format_exception(error))
    described = {
        "type": replace_unstorable(f"{kind.__module__}.{kind.__qualname__}"),
        "message": replace_unstorable(_said(error)),
        "traceback": replace_unstorable(lines[-_TRACEBACK_LIMIT:]),
    }
    return {**described, "details": _jsonable(details)} if details else described


def _said(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - user code, too
        return "(its message can't be read)"


def _retryable(error: BaseException, step: StepBlueprint) -> bool:
    """What the author's policy names decides; where it names nothing, a tool's error knows by itself."""
    policy = step.retry
    if policy.give_up_on and isinstance(error, _classes(policy.give_up_on)):
        return False
    if policy.retry_on:
        return isinstance(error, _classes(policy.retry_on))
    return error.retryable if isinstance(error, ToolError) else True


def _classes(paths: tuple[str, ...]) -> tuple[type[BaseException], ...]:
    found = []
    for path in paths:
        try:
            found.append(load_code(path))
        except CodeMissing:
            logger.warning("The retry policy names %s, which is not installed here.", path)
    return tuple(item for item in found if isinstance(item, type) and issubclass(item, BaseException))
