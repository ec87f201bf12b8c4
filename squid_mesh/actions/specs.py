"""The actions of operators, each with its spec."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from squid_mesh.actions.spec import ActionSpec, BulkSpec, CommandSpec, Emphasis, Field, Target
from squid_mesh.definitions.request import APPROVED, REJECTED
from squid_mesh.lifecycle import ACTIVE_RUN, FINISHED_RUN, EventType, RunStatus, StepStatus, WaitingFor


class Action(StrEnum):
    """What an operator can do. The value is the name of the api function and of the permission."""

    CANCEL = "cancel_run"
    COMMENT = "comment_run"
    REPLAY = "replay_run"
    UNBLOCK = "unblock_run"
    DECIDE = "decide_approval"
    RETRY = "retry_step"
    SKIP = "skip_step"
    RESOLVE = "resolve_step"
    REWIND = "rewind_run"


_CANCEL: Final = ActionSpec(
    label=_("Cancel run"),
    permission="Can cancel runs",
    past="cancelled",
    target=Target.RUN,
    fields=(Field.REASON,),
    effects=(_("Completed steps are not undone. A cancelled run can only be replayed, not reopened."),),
    done=_("The run is cancelled."),
    done_while_ending=_("The run is being cancelled; running steps finish first."),
    events={
        EventType.RUN_CANCELLED: _("Run cancelled"),
        EventType.RUN_CANCELLING: _("Cancellation requested; running steps finish first"),
    },
    commands=(CommandSpec(verb="cancel", help="Cancel a run; running steps finish first."),),
    bulk=(
        BulkSpec(
            name="cancel",
            label=_("Cancel selected runs"),
            title=_("Cancel these runs?"),
            effect=_("Each run ends; running steps finish first."),
            dangerous=True,
        ),
    ),
    run_statuses=ACTIVE_RUN,
    emphasis=Emphasis.DANGER,
    rank=1,
)
_COMMENT: Final = ActionSpec(
    label=_("Comment"),
    permission="Can comment on runs",
    past="commented on",
    target=Target.RUN_OR_STEP,
    fields=(Field.TEXT,),
    effects=(_("The comment is saved in the run’s history. Nothing else changes."),),
    done=_("Comment saved."),
    events={EventType.COMMENTED: _("Comment")},
    commands=(CommandSpec(verb="comment", help="Add a comment to a run's history."),),
    run_statuses=frozenset(RunStatus),
    prominent=False,
    rank=3,
)
_REPLAY: Final = ActionSpec(
    label=_("Replay"),
    permission="Can replay runs",
    past="replayed",
    target=Target.RUN,
    fields=(Field.PAYLOAD, Field.REASON, Field.ALLOW_IRREVERSIBLE, Field.IDEMPOTENCY_KEY),
    effects=(
        _("A new run of %(workflow)s starts from the beginning, linked to this one."),
        _("It uses the workflow’s current code. This run does not change."),
    ),
    done=_("A new run has started."),
    events={EventType.RUN_REPLAYED: _("Run replayed")},
    commands=(CommandSpec(verb="replay", help="Start a new run with a finished run's payload."),),
    bulk=(
        BulkSpec(
            name="replay",
            label=_("Replay selected runs"),
            title=_("Replay these runs?"),
            effect=_("For each run a new one starts with the same payload, linked to it."),
        ),
    ),
    run_statuses=FINISHED_RUN,
    rank=1,
)
_UNBLOCK: Final = ActionSpec(
    label=_("Resume"),
    permission="Can resume paused runs",
    past="resumed",
    target=Target.HELD_STEP,
    fields=(Field.REASON,),
    effects=(_("The pause %(step)s ends. Next: %(next)s."),),
    done=_("Resumed."),
    events={EventType.RESUMED: _("Resumed")},
    commands=(CommandSpec(verb="unblock", help="Resume a run that a pause step holds."),),
    bulk=(
        BulkSpec(
            name="unblock",
            label=_("Resume selected runs"),
            title=_("Resume these runs?"),
            effect=_("Each pause ends and its run continues."),
        ),
    ),
    asks=True,
    step_states=frozenset({(StepStatus.PAUSED, WaitingFor.PAUSE)}),
    emphasis=Emphasis.FIRST,
)
_DECIDE: Final = ActionSpec(
    label=_("Decide"),
    permission="Can decide approvals that name no decider",
    past="decided",
    target=Target.HELD_STEP,
    fields=(Field.EXIT, Field.DATA, Field.COMMENT),
    effects=(_("Your decision is recorded under your name. You cannot change it."),),
    done=_("Decided: %(exit)s."),
    done_by_exit={APPROVED: _("Approved."), REJECTED: _("Rejected.")},
    events={
        EventType.APPROVED: _("Approved"),
        EventType.REJECTED: _("Rejected"),
        EventType.DECIDED: _("Decided"),
        EventType.VOTED: _("Vote recorded; more votes are needed"),
    },
    commands=(
        CommandSpec(
            verb="approve", help="Approve an approval step; needs --actor.", preset={Field.EXIT: APPROVED}
        ),
        CommandSpec(
            verb="reject", help="Reject an approval step; needs --actor.", preset={Field.EXIT: REJECTED}
        ),
        CommandSpec(verb="decide", help="Choose any exit of an approval step; needs --actor."),
    ),
    bulk=(
        BulkSpec(
            name="approve",
            label=_("Approve selected"),
            title=_("Approve these steps?"),
            effect=_("Your approval is recorded. A run continues when enough people have approved."),
            preset={Field.EXIT: APPROVED},
        ),
        BulkSpec(
            name="reject",
            label=_("Reject selected"),
            title=_("Reject these steps?"),
            effect=_("Your rejection is recorded. A run continues when enough people have rejected."),
            preset={Field.EXIT: REJECTED},
            dangerous=True,
        ),
    ),
    asks=True,
    step_states=frozenset({(StepStatus.PAUSED, WaitingFor.APPROVAL)}),
    emphasis=Emphasis.FIRST,
)
#: States of a step that has not done its work and may be run again, skipped or given a result.
_STUCK: Final = frozenset(
    {
        (StepStatus.WAITING, WaitingFor.RETRY),
        (StepStatus.WAITING, WaitingFor.DEFER),
        (StepStatus.PAUSED, WaitingFor.CRASH_CAP),
        (StepStatus.PAUSED, WaitingFor.UNREADABLE_ROW),
        (StepStatus.UNKNOWN, WaitingFor.OUTCOME),
    }
)
_RETRY: Final = ActionSpec(
    label=_("Retry"),
    label_if_unknown=_("It did not happen – run again"),
    permission="Can retry steps",
    past="retried",
    target=Target.STEP,
    fields=(Field.REASON, Field.ALLOW_IRREVERSIBLE),
    effects=(_("%(step)s runs again now, with the same idempotency key."),),
    effect_if_unknown=_("Retrying confirms that the step did not happen."),
    done=_("Step %(step)s runs again."),
    events={EventType.STEP_RETRIED: _("Step retried by a person")},
    commands=(CommandSpec(verb="retry", help="Run a step again now."),),
    bulk=(
        BulkSpec(
            name="retry",
            label=_("Retry steps of selected runs"),
            title=_("Retry these steps?"),
            effect=_("Each step runs again now, with the same idempotency key. Failed runs are reopened."),
        ),
    ),
    step_states=_STUCK,
    fixes_failure=True,
    emphasis=Emphasis.FIRST,
)
_SKIP: Final = ActionSpec(
    label=_("Skip"),
    permission="Can skip steps",
    past="skipped",
    target=Target.STEP,
    fields=(Field.REASON,),
    effects=(_("%(step)s will not run and has no output. Next: %(next)s."),),
    done=_("Step %(step)s was skipped."),
    events={EventType.STEP_SKIPPED: _("Step skipped by a person")},
    commands=(CommandSpec(verb="skip", help="Skip a step; the run continues after it."),),
    asks=True,
    step_states=_STUCK
    | {
        (StepStatus.READY, ""),
        (StepStatus.WAITING, WaitingFor.TIMER),
        (StepStatus.PAUSED, WaitingFor.CODE),
        (StepStatus.PAUSED, WaitingFor.APPROVAL),
        (StepStatus.PAUSED, WaitingFor.PAUSE),
    },
    fixes_failure=True,
)
_RESOLVE: Final = ActionSpec(
    label=_("Mark as done or failed…"),
    title=_("Mark as done or failed"),
    submit=_("Save result"),
    label_if_unknown=_("It happened – record result"),
    permission="Can mark steps as done or failed",
    past="marked as done or failed",
    target=Target.STEP,
    fields=(Field.OUTCOME, Field.OUTPUT, Field.REASON),
    effects=(_("%(step)s will not run; the result you enter here is used instead."),),
    done=_("The result of step %(step)s is saved."),
    events={EventType.STEP_RESOLVED: _("Step result entered by a person")},
    commands=(CommandSpec(verb="resolve", help="Record a step's result without running it."),),
    step_states=_STUCK | {(StepStatus.PAUSED, WaitingFor.CODE)},
    fixes_failure=True,
)
_REWIND: Final = ActionSpec(
    label=_("Rewind to this step"),
    title=_("Rewind"),
    permission="Can rewind runs",
    past="rewound to",
    target=Target.STEP,
    fields=(Field.REASON, Field.ALLOW_IRREVERSIBLE),
    effects=(
        _("These steps will run again if the flow reaches them: %(again)s."),
        _("Each starts a new visit with a new idempotency key. Earlier visits stay in the history."),
    ),
    done=_("The run was rewound to step %(step)s."),
    events={EventType.REWOUND: _("Rewound")},
    commands=(CommandSpec(verb="rewind", help="Run a step and all steps after it again."),),
    prominent=False,
    rank=2,
)

#: Every action's spec. Menus, forms and commands list them in this order.
SPECS: Final[Mapping[Action, ActionSpec]] = {
    Action.CANCEL: _CANCEL,
    Action.UNBLOCK: _UNBLOCK,
    Action.DECIDE: _DECIDE,
    Action.RETRY: _RETRY,
    Action.SKIP: _SKIP,
    Action.RESOLVE: _RESOLVE,
    Action.REWIND: _REWIND,
    Action.REPLAY: _REPLAY,
    Action.COMMENT: _COMMENT,
}
