"""The rule book: every rule, in the order in which the problems of one line are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem
from squid_mesh.definitions.rules import names, triggers
from squid_mesh.definitions.rules.data import inputs, outputs, payloads
from squid_mesh.definitions.rules.flow import exits, graph, joins, rewinds, routes
from squid_mesh.definitions.rules.steps import arguments, builtins, code, people, retries

Rule = Callable[[Draft], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    names.workflow_has_a_usable_name,
    names.steps_and_triggers_have_usable_names,
    names.each_declaration_has_one_name,
    graph.there_are_steps,
    graph.flow_holds_steps,
    graph.after_holds_steps,
    graph.steps_belong_to_the_workflow,
    graph.an_order_is_said,
    graph.every_step_is_reached,
    graph.no_edge_is_written_twice,
    graph.no_step_follows_itself,
    graph.nothing_goes_in_circles,
    graph.there_is_an_entry,
    routes.routes_lead_on,
    routes.outcomes_are_labels,
    routes.routed_outcomes_exist,
    routes.recovery_is_known,
    rewinds.a_rewind_goes_back,
    rewinds.a_rewind_goes_alone,
    rewinds.a_rewind_has_an_end,
    rewinds.a_rewind_repeats_nothing_irreversible,
    joins.join_is_known,
    joins.join_is_said_where_styles_mix,
    joins.first_needs_a_choice,
    joins.no_join_waits_for_what_excludes_itself,
    code.target_is_code,
    code.target_can_be_imported,
    code.step_class_can_run,
    code.target_can_be_bound,
    code.guard_can_be_asked,
    code.assignee_can_be_asked,
    arguments.on_crash_is_known,
    arguments.timeout_is_a_time,
    arguments.input_maps_parameters,
    arguments.output_is_a_key,
    builtins.wait_takes_time,
    builtins.log_says_something,
    builtins.log_names_what_is_there,
    builtins.log_tells_no_secret,
    people.prompt_is_a_text,
    people.people_are_named,
    people.decisions_are_counted,
    people.form_is_a_model,
    people.output_holds_a_form,
    exits.exits_are_labels,
    exits.every_exit_leads_on,
    exits.deadline_is_a_time,
    exits.on_timeout_is_an_exit,
    retries.retry_is_a_policy,
    retries.retry_numbers_are_in_range,
    retries.retry_exceptions_can_be_imported,
    triggers.cron_expression_fires,
    triggers.timezone_exists,
    triggers.cron_policies_are_known,
    payloads.payload_is_a_model,
    payloads.payload_defaults_fit,
    triggers.cron_payload_is_complete,
    inputs.parameters_are_supplied,
    inputs.guards_are_supplied,
    inputs.assignees_are_supplied,
    outputs.merged_output_is_a_mapping,
    outputs.parallel_steps_write_apart,
)


def find_problems(draft: Draft) -> tuple[Problem, ...]:
    """Everything that is wrong with the workflow, in the order of its lines."""
    found = dict.fromkeys(problem for rule in RULES for problem in rule(draft))
    return tuple(sorted(found, key=lambda problem: (problem.file != draft.location.file, problem.line)))
