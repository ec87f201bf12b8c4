"""What of a run is drawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from squid_mesh.definitions.blueprint import Edge
from squid_mesh.inspection.diagram.drawing import COMPLETED, START, Drawing
from squid_mesh.lifecycle import StepStatus, WaitingFor
from tests.unit.inspection.diagram.graphs import blueprint, chain, edge
from tests.unit.inspection.diagram.runs import drawing_of, seen

AGAIN = Edge(source="b", outcome="again", target="a", rewind=True, max_visits=3)
REVIEWED = blueprint("a", "b", "c", edges=[edge("a", "b"), edge("b", "c"), AGAIN])


def progress(drawing: Drawing) -> dict[tuple[str, str], str]:
    return {(edge.source, edge.target): edge.progress.value for edge in drawing.edges}


@pytest.mark.parametrize("status", list(StepStatus))
def test_a_status_is_described_in_words(status: StepStatus) -> None:
    node = drawing_of(chain("a"), seen("a", status)).by_id["a"]
    assert node.status is status
    assert node.lines[0] in ("outcome unknown", status.value)
    assert node.description.startswith(f"step a: {node.lines[0]}")


def test_an_attempt_after_the_first_is_shown() -> None:
    drawing = drawing_of(chain("a", "b"), seen("a", "completed"), seen("b", "failed", attempt=3))
    assert drawing.by_id["a"].lines == ("completed",)
    assert drawing.by_id["b"].lines == ("failed, attempt 3",)
    assert drawing.by_id["b"].description == "step b: failed, attempt 3"


@pytest.mark.parametrize("reason", list(WaitingFor))
def test_the_second_line_says_what_a_held_step_waits_for(reason: WaitingFor) -> None:
    held = "waiting" if reason in ("retry", "timer", "defer") else "paused"
    (_, line) = drawing_of(chain("a"), seen("a", held, waiting_for=reason)).by_id["a"].lines
    assert line
    over = drawing_of(chain("a"), seen("a", "completed", waiting_for=reason)).by_id["a"]
    assert over.lines == ("completed",)


def test_times_are_in_the_current_timezone() -> None:
    noon = timezone.now().replace(hour=12, minute=0, second=5)

    def line(due_at: object) -> str:
        step = seen("a", "waiting", waiting_for="timer", due_at=due_at)
        return drawing_of(chain("a"), step).by_id["a"].lines[1]

    with timezone.override("UTC"):
        assert line(noon) == "until 12:00:05"
        later = noon + timedelta(days=3)
        assert line(later) == f"until {later.day} {later:%b}, 12:00"
    with timezone.override("Asia/Tokyo"):
        assert line(noon + timedelta(days=3)).endswith(", 21:00")


def test_visits_are_one_node_with_a_badge() -> None:
    first = seen("a", "completed", current=False), seen("b", "completed", outcome="again", current=False)
    drawing = drawing_of(REVIEWED, *first, seen("a", "running", visit=2), seen("b", "pending", visit=2))
    assert [node.id for node in drawing.nodes] == [START, "a", "b", "c", COMPLETED]
    assert (drawing.by_id["a"].badge, drawing.by_id["c"].badge) == ("visit 2", "")
    assert drawing.by_id["a"].description == "step a: running, visit 2"


def test_taken_edges_differ_from_the_others() -> None:
    flow = blueprint("a", "b", "c", edges=[edge("a", "b"), edge("a", "c", "late")])
    before = progress(drawing_of(flow, seen("a", "running")))
    assert (before["a", "b"], before["a", "c"]) == ("open", "open")
    after = progress(drawing_of(flow, seen("a", "completed", outcome="late"), seen("b", "skipped")))
    assert (after[START, "a"], after["a", "b"], after["a", "c"]) == ("taken", "dead", "taken")
    assert (after["b", COMPLETED], after["c", COMPLETED]) == ("dead", "open")


def test_a_bypassed_step_has_taken_its_ok_edges() -> None:
    assert progress(drawing_of(chain("a", "b"), seen("a", "bypassed")))["a", "b"] == "taken"


@pytest.mark.parametrize("status", ["skipped", "cancelled", "failed"])
def test_a_step_without_an_outcome_takes_no_edge(status: str) -> None:
    assert progress(drawing_of(chain("a", "b"), seen("a", status)))["a", "b"] == "dead"


def test_edges_that_a_finished_run_has_not_taken_are_dead() -> None:
    drawing = drawing_of(chain("a", "b"), seen("a", "cancelled"), status="cancelled")
    assert progress(drawing)["b", COMPLETED] == "dead"


def test_a_rewind_counts_as_taken_if_any_visit_took_it() -> None:
    first = seen("a", "completed", current=False), seen("b", "completed", outcome="again", current=False)
    again = seen("a", "completed", visit=2), seen("b", "completed", visit=2)
    found = progress(drawing_of(REVIEWED, *first, *again))
    assert (found["b", "a"], found["b", "c"]) == ("taken", "taken")
    assert progress(drawing_of(REVIEWED, *again))["b", "a"] == "dead"


def test_an_end_is_reached_by_a_taken_edge() -> None:
    def description_at(status: str) -> str:
        return drawing_of(chain("a"), seen("a", status)).by_id[COMPLETED].description

    assert description_at("completed") == "complete: reached"
    assert description_at("running") == "complete: not reached"
