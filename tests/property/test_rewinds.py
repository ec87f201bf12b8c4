"""Rewinds in any graph leave its edges as they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from squid_mesh import Workflow, step
from squid_mesh.definitions import registry
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.declare.flow import Flow
from tests.unit.definitions import sample_steps

Pair = tuple[int, int]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, list[Pair], list[Pair]]:
    """Draw a number of steps, edges from steps to later ones, and pairs of an earlier and a later step."""
    count = draw(st.integers(2, 7))
    forward = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda p: p[0] < p[1])
    return (
        count,
        draw(st.lists(forward, min_size=1, unique=True)),
        draw(st.lists(forward, unique=True, max_size=4)),
    )


def compiled(count: int, ways: list[Pair], back: list[Pair]) -> tuple[Blueprint | None, tuple[str, ...]]:
    """The workflow ``s0, s1, …`` with those ways and rewinds, or what is wrong with it."""
    steps = [step(sample_steps.noop) for _ in range(count)]
    flow: list[Flow] = [*steps]
    flow += [steps[source] >> steps[target] for source, target in ways]
    flow += [steps[source].on(f"back to {target}").rewind(steps[target]) for target, source in back]
    body = {f"s{number}": declared for number, declared in enumerate(steps)}
    with registry.isolate(), registry.collect_problems() as problems:
        made = type("Made", (Workflow,), {**body, "flow": flow})
    if problems:
        return None, tuple(str(problem) for problem in problems)
    return made.blueprint, ()


@given(pairs())
def test_a_rewind_is_valid_exactly_where_a_path_leads_on_and_changes_no_edge(
    drawn: tuple[int, list[Pair], list[Pair]],
) -> None:
    count, ways, back = drawn
    plain, faults = compiled(count, ways, [])
    assert plain is not None, faults
    astray = [(early, late) for early, late in back if f"s{early}" not in plain.ancestors[f"s{late}"]]

    made, problems = compiled(count, ways, back)

    assert len(problems) == len(astray)
    assert all("which is not an earlier step" in problem for problem in problems)
    if made is not None:
        assert made.order == plain.order
        assert made.ancestors == plain.ancestors
        assert made.incoming == plain.incoming
        assert made.entries == plain.entries
        assert [s.join for s in made.steps] == [s.join for s in plain.steps]
        assert made.is_sequential is (plain.is_sequential and not back)
        rewinds = {(e.source, e.target) for name in made.by_name for e in made.outgoing[name] if e.rewind}
        assert rewinds == {(f"s{late}", f"s{early}") for early, late in back}
