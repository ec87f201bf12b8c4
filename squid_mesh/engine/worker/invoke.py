"""Invoking a step's code: its input is bound, its guard evaluated, its timeout enforced."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, assert_never

from squid_mesh import conf
from squid_mesh.definitions import builtins
from squid_mesh.definitions.blueprint import OK, StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.declare.outcomes import AskPeople, Defer, Outcome, RetryLater, Sleep, StepFailed
from squid_mesh.definitions.values import signature as signatures
from squid_mesh.definitions.values.carried import Carried, find_carried
from squid_mesh.definitions.values.limits import shorten_text
from squid_mesh.definitions.values.output import OutputError, TooDeep, dump_masked
from squid_mesh.definitions.values.paths import replace_at
from squid_mesh.definitions.values.returned import InvalidReturn
from squid_mesh.definitions.values.signature import InputError, Signature
from squid_mesh.definitions.values.texts import replace_unstorable
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.secret_paths import locate_secrets
from squid_mesh.engine.settle.results import (
    Bypassed,
    CodeNotFound,
    Deferred,
    Done,
    Failure,
    Held,
    InputUnreadable,
    Result,
    Sleeping,
)
from squid_mesh.engine.step_code import find_adapter, load_callable, read_output
from squid_mesh.engine.worker.errors import (
    LONGEST_NAME,
    describe_error,
    dump_or_describe,
    is_retryable,
    read_attribute,
    read_delay,
)
from squid_mesh.engine.worker.guards.forks import end_forks
from squid_mesh.engine.worker.guards.timeout import StepTimeout, call_async, enforce_timeout
from squid_mesh.engine.worker.redaction import find_given, find_secrets, redact_carried, redact_error
from squid_mesh.engine.worker.sizes import (
    LONGEST_READ,
    OutputTooLarge,
    find_problem,
    shorten_error,
    shorten_input,
)
from squid_mesh.engine.worker.unreadable_input import find_unreadable_input
from squid_mesh.exceptions import LimitExceeded
from squid_mesh.hooks import call_or, text_of
from squid_mesh.store.values import Claim, Json
from squid_mesh.tools.errors import ToolError
from squid_mesh.tools.secrets import MASK

_HIDDEN = "(hidden: the step's arguments can't be searched for secrets)"


class Invocation(NamedTuple):
    """The result of a step's code, and the input that it ran with; both are JSON-ready."""

    result: Result
    given: Json


@dataclass(slots=True)
class _Seen:
    """What the step was given, returned and raised, with secrets in plain text."""

    arguments: dict[str, Any] = field(default_factory=dict)
    given: Json = None
    carried: Carried = field(default_factory=Carried)
    returned: Any = None
    error: BaseException | None = None

    def list_made(self) -> list[Any]:
        """Return the values that the step made and that may hold secrets of their own."""
        return [self.returned, self.error.args, vars(self.error)] if self.error else [self.returned]


def invoke(claim: Claim, memory: RunMemory) -> Invocation:
    """Execute the claimed step.

    Everything that the step's code raises becomes its result; only the end of the process escapes. The
    secrets that the step was given are masked in an error.
    """
    unreadable = find_unreadable_input(claim, memory)
    if unreadable is not None:
        return Invocation(unreadable, None)
    seen = _Seen()
    invocation = _invoke_unredacted(claim, memory, seen)
    match invocation.result:
        case Failure() as failure:
            error = shorten_error(_redact(failure.error, seen, memory, claim))
            return invocation._replace(result=replace(failure, error=error))
        case Deferred(_, reason) as deferred if reason:
            error = shorten_error(_redact({"message": reason}, seen, memory, claim))
            return invocation._replace(result=replace(deferred, reason=error["message"]))
        case Done() | Bypassed() | Deferred() | Sleeping() | CodeNotFound() | InputUnreadable() | Held():
            return invocation
        case _:
            assert_never(invocation.result)


def _redact(error: Mapping[str, Any], seen: _Seen, memory: RunMemory, claim: Claim) -> Mapping[str, Any]:
    """Return the error with secrets masked; without its texts, if the secrets can't be read."""
    hidden = {key: item for key, item in error.items() if key in ("type", "code")} | {"message": _HIDDEN}

    def masked() -> Mapping[str, Any]:
        return redact_error(error, find_secrets(seen.arguments, memory, claim.name, *seen.list_made()))

    return call_or(hidden, masked)


def _invoke_unredacted(  # noqa: C901 - one branch for each result
    claim: Claim, memory: RunMemory, seen: _Seen
) -> Invocation:
    """Do as :func:`invoke`, but leave secrets in errors; fill ``seen``."""
    step = memory.blueprint.by_name[claim.name]
    try:
        return _call_step(claim, memory, seen)
    except CodeMissing as error:
        described = {**describe_error(error, {"path": error.path}), "code": "code_missing"}
        return Invocation(CodeNotFound(described, error.path), seen.given)
    except InputError as error:
        details = {"errors": error.errors, "available": error.available}
        return Invocation(_fail_now(error, "invalid_input", details), seen.given)
    except TooDeep as error:
        deep = conf.limits().of_output().too_deep(error.levels)
        return Invocation(_fail_now(deep, LimitExceeded.code, deep.details), seen.given)
    except OutputTooLarge as error:
        return Invocation(_fail_now(error, "limit_exceeded", error.details), seen.given)
    except InvalidReturn as error:
        details = {"errors": error.errors, "expected": error.expected}
        return Invocation(_fail_now(error, "invalid_output", details), seen.given)
    except OutputError as error:
        return Invocation(_fail_now(error, "invalid_output", {}), seen.given)
    except StepTimeout:
        message = f"The step took longer than its timeout of {step.timeout:g} s."
        return Invocation(Failure({"type": "Timeout", "message": message}, timed_out=True), seen.given)
    except AskPeople as ask:
        problem = find_problem("request", ask.request.as_json())
        if problem is not None:
            return Invocation(_fail_now(problem, LimitExceeded.code, problem.details), None)
        return Invocation(Held(ask.request, ask.seconds), None)
    except Sleep as sleep:
        return Invocation(Sleeping(sleep.seconds), seen.given)
    except Defer as defer:
        seconds = read_delay(defer, "seconds")
        if seconds is None:  # a class of the project that doesn't call __init__
            return Invocation(Failure(describe_error(defer)), seen.given)
        reason = replace_unstorable(shorten_text(text_of(defer), LONGEST_READ))
        return Invocation(Deferred(seconds, reason), seen.given)
    except StepFailed as error:
        return Invocation(_fail_now(error, "step_failed", read_attribute(error, "details", {})), seen.given)
    except RetryLater as error:
        described = describe_error(error, read_attribute(error, "details", {}))
        return Invocation(Failure(described, delay=read_delay(error, "seconds")), seen.given)
    except ToolError as error:
        described = {
            **describe_error(error, read_attribute(error, "details", {})),
            "code": replace_unstorable(
                text_of(read_attribute(error, "code", ToolError.code), ToolError.code)[:LONGEST_NAME]
            ),
        }
        delay = read_delay(error, "delay")
        return Invocation(Failure(described, retryable=is_retryable(error, step), delay=delay), seen.given)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - user code; some libraries' timeouts are no Exception
        return Invocation(Failure(describe_error(error), retryable=is_retryable(error, step)), seen.given)


def _call_step(claim: Claim, memory: RunMemory, seen: _Seen) -> Invocation:
    """Bind the step's input, evaluate its guard, call it and dump what it returns."""
    step = memory.blueprint.by_name[claim.name]
    context = _build_context(claim, memory)
    try:
        target, guard = load_callable(step.target), load_code(step.when) if step.when else None
        with enforce_timeout(step.timeout):
            if guard is not None and not _call(guard, *_bind(guard, step, context, {})):
                return Invocation(Bypassed(), None)
            shape, bound = _bind(target, step, context, step.options)
            if target is builtins.log and shape.context is not None:
                bound[shape.context] = _mask_context(bound[shape.context], memory)
            seen.arguments.update(bound)
            _record_input(shape, bound, seen)
            seen.returned = _call(target, shape, bound, step.timeout)
        return Invocation(_complete(step, shape, memory, seen), seen.given)
    except BaseException as error:
        seen.error = error
        raise


def _build_context(claim: Claim, memory: RunMemory) -> StepContext:
    visible = memory.state_for(claim.name)
    return StepContext(
        run_id=claim.run_id,
        workflow=memory.head.workflow,
        step=claim.name,
        attempt=claim.attempt,
        visit=claim.visit,
        state=visible.state,
        results=visible.outputs,
        schedule=memory.head.schedule,
        resumed=claim.deferrals > 0,
        request=claim.request,
    )


def _bind(
    target: Any, step: StepBlueprint, context: StepContext, options: Mapping[str, Any]
) -> tuple[Signature, dict[str, Any]]:
    shape = signatures.read_signature(target)
    arguments = signatures.bind_arguments(shape, context.state, step.input, options)
    if shape.context is not None:
        arguments[shape.context] = _copy_context(context)
    return shape, arguments


def _copy_context(context: StepContext) -> StepContext:
    """Return a context with copies of the values: no other step sees what this one changes in them."""
    return replace(
        context,
        state=_copy_json(context.state),
        results=_copy_json(context.results),
        schedule=_copy_json(context.schedule),
    )


def _copy_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy_json(item) for key, item in value.items()}
    return [_copy_json(item) for item in value] if isinstance(value, list) else value


def _mask_context(context: StepContext, memory: RunMemory) -> StepContext:
    """Return the context with its state as pages show it."""
    paths = memory.list_state_secrets(context.step)
    hides = conf.masked_name_rule().hides
    return replace(context, state=replace_at(context.state, paths, hides, MASK))


def _call(target: Any, shape: Signature, arguments: dict[str, Any], seconds: float | None = None) -> Any:
    if shape.is_async:
        return call_async(target, arguments, seconds)
    with end_forks():
        value = target(**arguments)
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise OutputError(
            f"The step's function isn't async, but returned an awaitable ({type(value).__name__}): if a "
            "decorator wraps an async function, its wrapper must be an async function too."
        )
    return value


def _record_input(shape: Signature, arguments: Mapping[str, Any], seen: _Seen) -> None:
    """Keep the bound arguments as JSON for the history, with the secrets that they carry masked."""
    values = {name: value for name, value in arguments.items() if name != shape.context}
    recorded: Json = {name: dump_or_describe(value, dump_masked) for name, value in values.items()}
    seen.carried = find_carried(values)
    seen.given = shorten_input(redact_carried(recorded, seen.carried) if seen.carried else recorded)


def _complete(step: StepBlueprint, shape: Signature, memory: RunMemory, seen: _Seen) -> Result:
    label, value, in_outcome = OK, seen.returned, isinstance(seen.returned, Outcome)
    if isinstance(value, Outcome):
        label, value = value.label, value.value
    if label != OK and label not in step.outcomes:
        known = ", ".join([OK, *step.outcomes])
        message = f"The step returned outcome {label!r}, which no route takes; its outcomes are: {known}."
        error = {"type": "Outcome", "code": "unknown_outcome", "message": message}
        return Failure(error, retryable=False)
    returned = read_output(step, value, find_adapter(shape, label, in_outcome=in_outcome), shape.annotation)
    problem = find_problem("output", returned.stored)
    if problem is not None:
        raise OutputTooLarge(problem)
    carried = find_carried(value)
    if returned.value is not value:
        carried |= find_carried(returned.value)
    given = find_given(seen.carried, memory, step.name)
    return Done(label, returned.stored, locate_secrets(returned.stored, carried, given))


def _fail_now(error: BaseException, code: str, details: Mapping[str, Any]) -> Failure:
    return Failure({**describe_error(error, details), "code": code}, retryable=False)
