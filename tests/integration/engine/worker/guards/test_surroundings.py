"""What a step leaves behind in its process doesn't reach the next step."""

from __future__ import annotations

import functools
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from squid_mesh import Workflow, step
from squid_mesh.store.clock import database_time
from tests.host import workflows
from tests.host.runs import driven, seen

Plan = dict[str, Any]


def surroundings() -> list[str]:
    return [str(translation.get_language()), timezone.get_current_timezone_name(), str(Path.cwd())]


@pytest.mark.parametrize("fails", [False, True])
def test_the_next_step_has_the_process_own_surroundings(plan: Plan, tmp_path: Path, fails: bool) -> None:
    def leave(ctx: Any) -> None:
        translation.activate("de")
        timezone.activate("Asia/Tokyo")
        os.chdir(tmp_path)
        if fails:
            raise ValueError("left as it is")

    before = surroundings()
    plan["one"] = plan["only"] = leave
    plan["two"] = lambda ctx: {"seen": surroundings()}
    driven(workflows.Single)
    assert surroundings() == before
    run = seen(driven(workflows.Chain))
    if not fails:
        assert run.step("two").output == {"seen": before}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere times are stored without a zone")
@pytest.mark.parametrize("fails", [False, True])
def test_times_are_right_after_a_step_has_set_the_connections_time_zone(plan: Plan, fails: bool) -> None:
    def leave(ctx: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'Asia/Tokyo'")
        if fails:
            raise ValueError("left as it is")

    plan["only"] = leave
    before = database_time("default")
    run = seen(driven(workflows.Single))
    ended = run.step("only").attempts[0].ended_at
    times = [*(event.created_at for event in run.events), ended, run.finished_at, database_time("default")]
    assert all(moment is not None and moment - before < timedelta(hours=1) for moment in times)


def test_what_was_active_before_the_step_is_active_after_it(plan: Plan) -> None:
    def deactivate(ctx: Any) -> None:
        translation.deactivate_all()
        timezone.deactivate()

    plan["only"] = deactivate
    with translation.override("fr"), timezone.override("Asia/Tokyo"):
        before = surroundings()
        driven(workflows.Single)
        assert surroundings() == before


def sync_decorator(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@sync_decorator
async def decorated() -> None:
    return None


class Decorated(Workflow):
    only = step(decorated)


class Guarded(Workflow):
    only = step(workflows.steps.act, when=decorated)


@pytest.mark.parametrize("workflow", [Decorated, Guarded])
def test_a_sync_decorator_on_an_async_function_fails_with_the_fix(workflow: type[Workflow]) -> None:
    run = seen(driven(workflow))
    assert run.error is not None
    assert run.error["code"] == "invalid_output"
    assert "its wrapper must be an async function too" in run.error["message"]
