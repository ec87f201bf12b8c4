"""Holding a run: what a block reads of it is still true when the block acts."""

from __future__ import annotations

from uuid import uuid4

import pytest

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument, RunNotFound
from tests.host import people
from tests.host.runs import driven, events, seen


def test_an_action_in_the_block_is_performed() -> None:
    run_id = driven(people.Holds)
    with api.hold_run(run_id):
        assert api.inspect_run(run_id).status == "paused"
        api.cancel_run(run_id)
    assert seen(run_id).status == "cancelled"


def test_if_the_block_raises_nothing_of_it_is_written() -> None:
    run_id = driven(people.Holds)
    before = events(run_id)

    def act() -> None:
        with api.hold_run(str(run_id)):
            api.cancel_run(run_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert seen(run_id).status == "paused"
    assert events(run_id) == before


def test_a_missing_run_and_a_wrong_id_are_errors() -> None:
    with pytest.raises(RunNotFound), api.hold_run(uuid4()):
        pytest.fail("there is no such run")
    with pytest.raises(InvalidArgument), api.hold_run("x"):
        pytest.fail("that is no id")
