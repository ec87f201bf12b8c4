"""The shape of an action's spec: everything about an action except the function that performs it.

Pages, buttons, bulk actions, commands, explanations, permissions and error messages read it. Texts may be
lazy translations. Placeholders are in the ``%(name)s`` form; each attribute lists its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from django.utils.functional import Promise

from squid_mesh.lifecycle import EventType, RunStatus, StepStatus

Text = str | Promise


class Target(Enum):
    """What an action acts on, and so which of ``step`` and ``visit`` its function takes."""

    RUN = auto()  #: The run. Takes neither.
    RUN_OR_STEP = auto()  #: The run. Takes ``step``, which may be left out.
    STEP = auto()  #: A step. Takes ``step`` and ``visit``.
    HELD_STEP = auto()  #: A step that asks people. Takes both; ``step`` is needed if several ask.


class Field(StrEnum):
    """What a form or a command asks for. The value is the name of the argument of the api function."""

    REASON = "reason"
    COMMENT = "comment"
    TEXT = "text"
    EXIT = "exit"
    DATA = "data"
    PAYLOAD = "payload"
    OUTCOME = "outcome"
    OUTPUT = "output"
    ALLOW_IRREVERSIBLE = "allow_irreversible"
    IDEMPOTENCY_KEY = "idempotency_key"


class Emphasis(StrEnum):
    """How a button looks."""

    FIRST = "first"
    QUIET = "quiet"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A verb of ``manage.py squid_mesh``. ``preset`` are the fields that it fills in and doesn't ask for."""

    verb: str
    help: str
    preset: Mapping[Field, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSpec:
    """An entry in the menu of the run list. ``preset`` are the fields that it fills in."""

    name: str
    label: Text
    title: Text
    effect: Text
    preset: Mapping[Field, str] = field(default_factory=dict)
    dangerous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """One action.

    Texts of the console:
        ``label``: its button. ``title``, ``submit``: the title and button of its own page, if they differ.
        ``effects``: what will happen, one sentence each; ``%(workflow)s``, ``%(step)s``, ``%(next)s`` (where
        the run goes if the step ends ``ok``), ``%(again)s`` (the step and all steps after it).
        ``done``, ``done_by_exit``: the message afterwards; ``%(step)s``, ``%(exit)s``.
        ``done_while_ending``: the message if running steps must finish first.
        ``label_if_unknown``, ``effect_if_unknown``: for a step whose outcome is unknown.
        ``prominent``: its button is at the top of the run's page too, not only at its step or in the history.
        ``events``: the audit events that it adds, each with its label in the history.

    Rules:
        ``permission``: the permission's name in the admin; its codename is the action's value.
        ``asks``: what the held step asks of people decides who may do it.
        ``run_statuses``: where an action on a run is legal.
        ``step_states``: where an action on a step is legal: its status, and what it waits for.
        ``fixes_failure``: it is also legal for a step that failed its run.

    ``past`` completes "can't be ..." in error messages. ``rank`` sorts the actions of an explanation.
    """

    label: Text
    permission: str
    past: str
    target: Target
    fields: tuple[Field, ...]
    effects: tuple[Text, ...]
    done: Text
    events: Mapping[EventType, Text]
    commands: tuple[CommandSpec, ...]
    bulk: tuple[BulkSpec, ...] = ()
    title: Text = ""
    submit: Text = ""
    done_by_exit: Mapping[str, Text] = field(default_factory=dict)
    done_while_ending: Text = ""
    label_if_unknown: Text = ""
    effect_if_unknown: Text = ""
    asks: bool = False
    run_statuses: frozenset[RunStatus] = frozenset()
    step_states: frozenset[tuple[StepStatus, str]] = frozenset()
    fixes_failure: bool = False
    emphasis: Emphasis = Emphasis.QUIET
    prominent: bool = True
    rank: int = 0

    @property
    def needs_step(self) -> bool:
        """Whether the action is always about one step."""
        return self.target in (Target.STEP, Target.HELD_STEP)

    @property
    def verb(self) -> str:
        """The verb that asks for all fields."""
        return next(one.verb for one in self.commands if not one.preset)

    @property
    def note(self) -> Field:
        """The field for the person's own words."""
        return next(one for one in (Field.REASON, Field.COMMENT, Field.TEXT) if one in self.fields)

    def done_message(self, *, step: str = "", exit: str = "", ending: bool = False) -> str:
        """Return what to say after the action. ``ending``: the run ends when its running steps finish."""
        text = self.done_by_exit.get(exit) or (self.done_while_ending if ending else "") or self.done
        return str(text) % {"step": step, "exit": exit}
