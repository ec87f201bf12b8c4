"""What a cluster can't run is remembered by all its processes, for a while, and at most so much of it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

import pytest

from squid_mesh.store import missing
from squid_mesh.store.values import MissingCode

STEP = MissingCode(definition="f" * 64, step="one", path="shop.steps:one")
OTHER = MissingCode(definition="f" * 64, step="two", path="shop.steps:two")
WHOLE = MissingCode(definition="e" * 64)


@pytest.fixture(params=[False, True], ids=["alone", "cluster"], autouse=True)
def shared(request: pytest.FixtureRequest) -> bool:
    """Whether the process belongs to a cluster."""
    if request.param:
        missing.share()
    return bool(request.param)


def remember(what: MissingCode, until: float = 100, *, left: bool = True, now: float = 0) -> bool:
    return missing.remember(what, until=until, left=left, now=now)


def in_a_child(call: Callable[[], object]) -> None:
    child = multiprocessing.get_context("fork").Process(target=call)
    child.start()
    child.join(30)
    assert child.exitcode == 0


def test_nothing_is_left_at_first() -> None:
    assert not missing.list_left()
    assert list(missing.list_known()) == []
    assert not missing.is_left("f" * 64, "one")


def test_what_is_left_to_others_is_listed_by_definition_and_step() -> None:
    for what in (STEP, OTHER, WHOLE):
        assert remember(what)
    left = missing.list_left()
    assert left.definitions == ("e" * 64,)
    assert left.steps == (("f" * 64, "one"), ("f" * 64, "two"))
    assert missing.is_left("f" * 64, "one")
    assert missing.is_left("e" * 64, "one")
    assert not missing.is_left("f" * 64, "three")


def test_what_no_other_cluster_has_is_remembered_but_not_left() -> None:
    remember(STEP, left=False)
    assert not missing.list_left()
    assert missing.list_shown(now=50) == [STEP]
    assert not missing.is_left("f" * 64, "one")


def test_remembering_again_replaces_what_was_known() -> None:
    remember(STEP, 100)
    remember(STEP, 200, left=False)
    (known,) = missing.list_known()
    assert (known.until, known.left) == (200, False)
    assert missing.find_known(STEP) == known
    assert missing.find_known(OTHER) is None


def test_after_its_time_it_counts_as_due_and_is_not_shown_but_is_not_claimed() -> None:
    remember(STEP, 100)
    assert missing.list_left_at(99).steps
    assert missing.list_shown(99)
    assert not missing.list_left_at(100)
    assert not missing.list_shown(100)
    assert missing.list_left().steps


def test_what_is_there_again_is_forgotten() -> None:
    for what in (STEP, OTHER, WHOLE):
        remember(what)
    missing.forget(STEP)
    assert missing.list_left().steps == (("f" * 64, "two"),)
    missing.forget(MissingCode(definition="f" * 64))
    assert missing.is_left("f" * 64, "two")
    missing.forget(WHOLE)
    assert [known.missing for known in missing.list_known()] == [OTHER]


def make(number: int) -> MissingCode:
    return MissingCode(definition="f" * 64, step=f"step{number}", path="shop.steps:one")


def test_there_are_places_for_a_number_of_steps_and_overdue_ones_make_room() -> None:
    assert all(remember(make(number), until=100 + number) for number in range(missing.MOST))
    assert not remember(make(1000), until=500, now=99)
    assert len(missing.list_left().steps) == missing.MOST
    assert remember(make(7), until=600, now=99)  # it has its place
    assert remember(make(1000), until=500, now=101)
    assert missing.is_left("f" * 64, "step1000")
    assert len(missing.list_left().steps) <= missing.MOST


def test_a_definition_that_cannot_be_read_always_has_a_place() -> None:
    for number in range(missing.MOST):
        remember(make(number))
    assert remember(WHOLE)
    assert missing.list_left().definitions == ("e" * 64,)
    missing.forget(WHOLE)
    assert not missing.list_left().definitions


def test_a_path_that_is_too_long_has_no_place_in_a_cluster(shared: bool) -> None:
    long = MissingCode(definition="f" * 64, step="one", path="shop:" + "x" * 2000)
    assert remember(long) is not shared


def test_the_processes_of_a_cluster_know_the_same(shared: bool) -> None:
    in_a_child(lambda: remember(STEP))
    in_a_child(lambda: remember(WHOLE))
    in_a_child(lambda: missing.show_cluster(7))
    assert bool(missing.list_left().steps) is shared
    assert bool(missing.list_left().definitions) is shared
    assert missing.read_cluster() == (7 if shared else None)
    in_a_child(lambda: missing.forget(STEP))
    assert not missing.list_left().steps


@pytest.mark.parametrize(
    ("this", "other", "included"),
    [
        (STEP, STEP, True),
        (STEP, OTHER, False),
        (STEP, MissingCode(definition="d" * 64, step="else", path=STEP.path), True),
        (STEP, MissingCode(definition="d" * 64, step="one", path="shop.steps:else"), False),
        (MissingCode(definition="f" * 64), STEP, True),
        (WHOLE, MissingCode(definition="d" * 64), False),
        (STEP, MissingCode(definition="f" * 64), False),
    ],
)
def test_a_cluster_without_this_cannot_run_the_other_one_either(
    this: MissingCode, other: MissingCode, included: bool
) -> None:
    assert this.includes(other) is included
