"""Pauses between trees, and when to give up."""

from __future__ import annotations

from squid_mesh.supervisor.backoff import Backoff


def test_a_tree_that_lived_long_is_replaced_at_once() -> None:
    assert Backoff().next_pause(was_ready=True, age=60) == 0.0


def test_the_pauses_between_short_lives_double_up_to_two_seconds() -> None:
    backoff = Backoff()
    assert [backoff.next_pause(was_ready=True, age=1) for _ in range(6)] == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]
    backoff.next_pause(was_ready=True, age=60)
    assert backoff.next_pause(was_ready=True, age=1) == 0.25


def test_it_gives_up_after_five_trees_in_a_row_that_never_became_ready() -> None:
    backoff = Backoff()
    pauses = [backoff.next_pause(was_ready=False, age=1) for _ in range(5)]
    assert None not in pauses[:4]
    assert pauses[4] is None


def test_a_tree_that_was_ready_ends_the_row_of_failed_starts() -> None:
    backoff = Backoff()
    for _ in range(4):
        backoff.next_pause(was_ready=False, age=1)
    assert backoff.next_pause(was_ready=True, age=1) is not None
    assert backoff.next_pause(was_ready=False, age=1) is not None
