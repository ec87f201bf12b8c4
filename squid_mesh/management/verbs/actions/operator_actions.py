"""The verbs of the operator actions, built from the actions' specs."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, assert_never

from squid_mesh import api
from squid_mesh.actions import SPECS, Action, ActionSpec, CommandSpec, Field, Target
from squid_mesh.lifecycle import RunStatus
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import actor_of, person_of
from squid_mesh.management.cli.output import write_outcome
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(spec: ActionSpec, command: CommandSpec, parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    _add_target(spec.target, parser)
    for field in spec.fields:
        if field not in command.preset:
            _add_field(field, parser)
    arguments.add_actor(parser)
    arguments.add_json(parser)


def _add_target(target: Target, parser: ArgumentParser) -> None:
    match target:
        case Target.STEP:
            arguments.add_step(parser)
        case Target.HELD_STEP:
            arguments.add_held_step(parser)
        case Target.RUN_OR_STEP:
            parser.add_argument("--step", metavar="NAME", help="the step that it is about")
        case Target.RUN:
            pass
        case _:
            assert_never(target)


def _add_field(  # noqa: C901 - one branch for each field
    field: Field, parser: ArgumentParser
) -> None:
    match field:
        case Field.REASON:
            arguments.add_reason(parser)
        case Field.COMMENT:
            parser.add_argument("--comment", default="", metavar="TEXT", help="saved in the run's history")
        case Field.TEXT:
            parser.add_argument("text", help="the comment")
        case Field.EXIT:
            parser.add_argument("exit", help="one of the approval's exits")
        case Field.DATA:
            _add_json_field(parser, field, "the answers to the approval's form")
        case Field.PAYLOAD:
            _add_json_field(parser, field, "a payload other than the old run's")
        case Field.OUTCOME:
            text = "ok, a label of the step, or error (default: ok)"
            parser.add_argument("--outcome", default="ok", metavar="LABEL", help=text)
        case Field.OUTPUT:
            _add_json_field(parser, field, "the step's output")
        case Field.ALLOW_IRREVERSIBLE:
            arguments.add_irreversible(parser)
        case Field.IDEMPOTENCY_KEY:
            text = "idempotency key of the new run: a second replay with it starts nothing"
            parser.add_argument("--key", dest=field.value, metavar="TEXT", help=text)
        case _:
            assert_never(field)


def _add_json_field(parser: ArgumentParser, field: Field, help: str) -> None:
    parser.add_argument(
        f"--{field}",
        type=arguments.json_value,
        metavar="JSON",
        help=f"{help}; @FILE reads a file, - reads standard input",
    )


def _perform(action: Action, command: CommandSpec, options: Mapping[str, Any], write: Write) -> int:
    spec = SPECS[action]
    values = {field.value: command.preset.get(field, options.get(field.value)) for field in spec.fields}
    done = api.perform_action(
        action,
        options["run_id"],
        step=options.get("step"),
        visit=options.get("visit"),
        actor=person_of(options) if action is Action.DECIDE else actor_of(options),
        **values,
    )
    message = spec.done_message(
        step=options.get("step") or "",
        exit=values.get(Field.EXIT.value) or "",
        ending=done.status is RunStatus.CANCELLING,
    )
    write_outcome(done, message, options, write)
    return 0


def _verb(action: Action, command: CommandSpec) -> Verb:
    return Verb(
        command.verb,
        command.help,
        partial(_add_arguments, SPECS[action], command),
        partial(_perform, action, command),
    )


ACTION_VERBS: Final = tuple(
    _verb(action, command) for action, spec in SPECS.items() for command in spec.commands
)
