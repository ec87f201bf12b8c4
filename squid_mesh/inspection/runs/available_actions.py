"""The possible actions of many runs, in a fixed number of queries, for actions on a list of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.explain.explanation import Offered
from squid_mesh.inspection.explain.facts.facts import Facts, UnreadableRun
from squid_mesh.inspection.explain.facts.read_runs import read_facts_of_runs
from squid_mesh.inspection.explain.next_actions import list_next_actions
from squid_mesh.inspection.user_groups import load_groups

MOST: Final = 500


def list_available_actions(run_ids: Sequence[UUID], *, user: Any) -> tuple[Offered, ...]:
    """Return the possible actions of each run, in their order, and whether the user may do them.

    Missing runs are left out. Four queries, and one for each definition that this process hasn't read yet.

    Raises:
        InvalidArgument: there are too many.
    """
    if len(run_ids) > MOST:
        raise InvalidArgument(f"At most {MOST} runs at once.", argument="run_ids")
    found = {facts.run_id: facts for facts in read_facts_of_runs(run_ids)}
    asking = load_groups(user)
    return tuple(_offered(found[run_id], asking) for run_id in run_ids if run_id in found)


def _offered(facts: Facts | UnreadableRun, user: Any) -> Offered:
    if isinstance(facts, UnreadableRun):
        return Offered(run_id=facts.run_id, workflow=facts.workflow, status=facts.status)
    forms = [step.name for step in facts.current.values() if step.asked is not None and step.asked.form]
    return Offered(
        run_id=facts.run_id,
        workflow=facts.workflow,
        status=facts.status,
        forms=tuple(forms),
        next_actions=list_next_actions(facts, "", user),
    )
