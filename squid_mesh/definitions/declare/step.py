"""The declaration of a step: ``step(function)`` or ``step(SomeStepClass)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from squid_mesh.definitions.choices import Join, OnCrash
from squid_mesh.definitions.declare.flow import Flow, Fragment, Node
from squid_mesh.definitions.declare.request import RequestDeclaration
from squid_mesh.definitions.declare.retry import Retry
from squid_mesh.definitions.problems import Location, find_caller
from squid_mesh.definitions.request import outcome_of

After = Flow | Sequence[Flow]
Guard = Callable[..., bool]


class Step:
    """The base class of steps written as a class with a ``run`` method.

    The parameters of ``run`` come from the state, like those of a function. Each attempt creates a new
    instance, so attributes don't survive from one attempt to the next.
    """


@dataclass(eq=False, repr=False)
class StepDeclaration(Node):
    """A step as written, not yet checked: the rules report all problems of a workflow together."""

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
        """Whether people choose the outcome of this step."""
        return self.request is not None and self.request.kind == "approval"

    def on(self, label: str, *further: str) -> Fragment:
        """Return the route taken if this step ends with that outcome, or this approval with that exit."""
        return super().on(outcome_of(label) if self.is_approval else label, *further)


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
    """Declare a step of a workflow. The attribute it is assigned to is its name.

    Args:
        target: a named function, sync or async, or a subclass of :class:`Step`.
        input: the path in the state for each parameter whose name differs from its key there.
        output: the key under which the result is stored; without it, a mapping or model is merged into the
            state.
        outcomes: the labels that the step may return as ``Outcome(label, ...)``; by default, those with a
            route.
        join: with several incoming edges, whether the step needs ``all`` of them, ``any`` of them, or runs
            after the ``first``. By default ``all`` with ``after``, else ``any``.
        after: the steps, or routes of steps, that this step depends on.
        when: a named function; if it returns False, the step is bypassed.
        retry: how often the step is attempted; by default once.
        timeout: seconds or a timedelta; an attempt that takes longer is stopped.
        irreversible: True if the effect can't be undone.
        on_crash: what happens if the worker dies during the step: ``retry`` runs it again, ``pause`` waits
            for a person. Irreversible steps pause by default, other steps retry.
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
