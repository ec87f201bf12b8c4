"""The list of all rules. It orders the problems that concern the same line."""

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
    names.check_workflow_name,
    names.check_attribute_names,
    names.check_shared_declarations,
    graph.check_steps_exist,
    graph.check_flow_operands,
    graph.check_after_operands,
    graph.check_foreign_steps,
    graph.check_order,
    graph.check_edges,
    graph.check_unused_steps,
    graph.check_duplicate_edges,
    graph.check_self_edges,
    graph.check_cycles,
    graph.check_entry,
    routes.check_route_targets,
    routes.check_declared_outcomes,
    routes.check_routed_outcomes,
    routes.check_recovery,
    rewinds.check_rewind_targets,
    rewinds.check_rewind_is_only_target,
    rewinds.check_max_visits,
    rewinds.check_irreversible_steps,
    joins.check_join,
    joins.check_mixed_edges,
    joins.check_first_join,
    joins.check_contradicting_edges,
    code.check_target_type,
    code.check_target_import,
    code.check_step_class,
    code.check_target_signature,
    code.check_guard,
    code.check_assignee,
    arguments.check_on_crash,
    arguments.check_irreversible,
    arguments.check_timeout,
    arguments.check_input,
    arguments.check_output,
    builtins.check_wait,
    builtins.check_log,
    builtins.check_log_paths,
    builtins.check_log_secrets,
    people.check_prompt,
    people.check_deciders,
    people.check_vote_counts,
    people.check_form,
    people.check_output,
    exits.check_exits,
    exits.check_exit_targets,
    exits.check_deadline,
    exits.check_on_timeout,
    retries.check_retry,
    retries.check_numbers,
    retries.check_exceptions,
    triggers.check_expression,
    triggers.check_timezone,
    triggers.check_catch_up_and_overlap,
    payloads.check_model,
    payloads.check_defaults,
    payloads.check_form_defaults,
    triggers.check_payload,
    inputs.check_step_parameters,
    inputs.check_guard_parameters,
    inputs.check_assignee_parameters,
    outputs.check_merged_output,
    outputs.check_parallel_outputs,
)


def find_problems(draft: Draft) -> tuple[Problem, ...]:
    """Return all problems of the workflow, in the order of its source lines."""
    found = dict.fromkeys(problem for rule in RULES for problem in rule(draft))
    return tuple(sorted(found, key=lambda problem: (problem.file != draft.location.file, problem.line)))
