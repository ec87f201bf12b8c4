"""Paths as bits say the same as the paths themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from squid_mesh.definitions.reachability import Paths


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Draw an acyclic graph of up to 70 steps, so that more than one machine word is needed."""
    names = [f"s{n}" for n in range(draw(st.integers(1, 70)))]
    return {
        name: sorted(draw(st.sets(st.sampled_from(names[:place]), max_size=3))) if place else []
        for place, name in enumerate(names)
    }


def closure(sources: dict[str, list[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, before in sources.items():
        found[name] = {*before, *(far for source in before for far in found[source])}
    return found


@given(graphs())
def test_ancestors_and_steps_downstream_are_those_that_paths_lead_to(sources: dict[str, list[str]]) -> None:
    paths, expected = Paths(sources), closure(sources)
    for name in sources:
        assert paths.ancestors[name] == tuple(one for one in sources if one in expected[name])
        after = tuple(other for other in sources if other == name or name in expected[other])
        assert paths.names_of(paths.downstream(name)) == after
        assert [paths.leads_to(one, name) for one in sources] == [one in expected[name] for one in sources]
    assert list(paths.ancestors) == list(sources)
    assert len(paths.ancestors) == len(sources)


@given(graphs(), st.data())
def test_names_survive_a_conversion_to_bits(sources: dict[str, list[str]], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(list(sources))))
    paths = Paths(sources)
    assert paths.names_of(paths.bits_of(chosen)) == tuple(one for one in sources if one in chosen)
