"""Declaring a step: ``step(function)``, or a ``Step`` class with its undo beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from squid_mesh.definitions.blueprint import Join
from squid_mesh.definitions.declare.flow import Flow, Fragment, Node
from squid_mesh.definitions.declare.request import RequestDeclaration
from squid_mesh.definitions.declare.retry import Retry
from squid_mesh.definitions.problems import Location, find_caller
from squid_mesh.definitions.request import outcome_of

After = Flow | Sequence[Flow]
Guard = Callable[..., bool]
OnCrash = Literal["retry", "pause"]


class Step:
    """A step as a class: ``run`` does it. Its parameters are bound like those of a function.

    A fresh instance runs each attempt, so an instance holds nothing between attempts.
    """


@dataclass(eq=False, repr=False)
class StepDeclaration(Node):
    """A step as written. Nothing is judged here: all problems of a workflow are found together."""

    target: Any
    location: Location
    options: Mapping[str, Any] = field(default_factory=dict)
    input: Mapping[str, str] | None = None
    output: str | None = None
    outcomes: Sequence[str] = ()
    join: Join | None = None
    after: After = ()
    when: Guard | None = None
    retry: Retry | None = None
    timeout: float | timedelta | None = None
    irreversible: bool = False
    on_crash: OnCrash | None = None
    is_builtin: bool = False
    request: RequestDeclaration | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def __repr__(self) -> str:
        return f"<step {self.name or 'without a name'}>"

    @property
    def is_approval(self) -> bool:
        """Whether it ends with an exit that people choose."""
        return self.request is not None and self.request.kind == "approval"

    def on(self, label: str) -> Fragment:
        """The route that is taken when this step ends with that outcome, or an approval with that exit."""
        return super().on(outcome_of(label) if self.is_approval else label)


def step(
    target: Callable[..., Any] | type[Step],
    *,
    input: Mapping[str, str] | None = None,
    output: str | None = None,
    outcomes: Sequence[str] = (),
    join: Join | None = None,
    after: After = (),
    when: Guard | None = None,
    retry: Retry | None = None,
    timeout: float | timedelta | None = None,
    irreversible: bool = False,
    on_crash: OnCrash | None = None,
) -> StepDeclaration:
    """Declare a step of a workflow; the attribute it is assigned to is its name.

    Args:
        target: a named function, sync or async, or a subclass of :class:`Step`.
        input: parameters by dotted path in the state, where name and parameter differ.
        output: the key its result is stored under; without one a mapping or model is merged.
        outcomes: the labels it may return as ``Outcome(label, ...)``; undeclared, any routed one.
        join: when several ways lead here, whether ``all``, ``any`` or the ``first`` must be taken.
        after: the steps, or routes of steps, it depends on.
        when: a named function; where it returns False the step is bypassed.
        retry: how often it is attempted; once, by default.
        timeout: seconds, or a timedelta, after which an attempt is timed out.
        irreversible: its effect can't be taken back.
        on_crash: what happens when a worker dies in it: ``retry``, or ``pause`` for a person, which is
            the default of irreversible steps.
    """
    return StepDeclaration(
        target=target.__func__ if isinstance(target, staticmethod) else target,
        location=find_caller(),
        input=input,
        output=output,
        outcomes=outcomes,
        join=join,
        after=after,
        when=when,
        retry=retry,
        timeout=timeout,
        irreversible=irreversible,
        on_crash=on_crash,
    )
