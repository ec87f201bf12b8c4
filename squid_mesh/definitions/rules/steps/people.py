"""Rules about the arguments of ``pause(...)`` and ``approval(...)``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, RootModel
from pydantic.errors import PydanticUserError

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.request import Escalation, RequestDeclaration
from squid_mesh.definitions.problems import Problem
from squid_mesh.definitions.rules.importable import find_import_error
from squid_mesh.definitions.values.schemas import make_json_schema


def check_prompt(draft: Draft) -> Iterator[Problem]:
    """The prompt is a string."""
    for name, request in draft.requests.items():
        prompt: Any = request.prompt
        if not isinstance(prompt, str):
            yield draft.problem(f"its prompt is {prompt!r}; use a string", step=name)


def check_deciders(draft: Draft) -> Iterator[Problem]:
    """``permission=`` and ``groups=`` are valid names, in an escalation as well."""
    for name, request in draft.requests.items():
        for stage in request.stages:
            owner = "its escalation's" if isinstance(stage, Escalation) else "its"
            for error in _find_decider_errors(stage):
                yield draft.problem(f"{owner} {error}", step=name)


def _find_decider_errors(stage: RequestDeclaration | Escalation) -> Iterator[str]:
    permission: Any = stage.permission
    groups: Any = stage.groups
    if not isinstance(permission, str) or (permission and not _is_permission(permission)):
        yield f"permission= is {permission!r}; use a permission such as 'billing.approve_recovery'"
    if not isinstance(groups, list | tuple):
        yield f"groups= is {groups!r}; use a list of names such as ['Finance']"
    else:
        for group in groups:
            if not isinstance(group, str) or not group.strip():
                yield f"groups= contains {group!r}, which is not a name; remove it"
    if isinstance(stage, Escalation) and not permission and not groups:
        yield "people are the same as before; pass permission= or groups= to escalate(...)"


def _is_permission(text: str) -> bool:
    app, _, codename = text.partition(".")
    return bool(app.strip() and codename.strip())


def check_vote_counts(draft: Draft) -> Iterator[Problem]:
    """``quorum=`` and ``rejections=`` are numbers of people, ``not_by_starter=`` is a bool."""
    for name, request in draft.requests.items():
        for word, given in (("quorum", request.quorum), ("rejections", request.rejections)):
            count: Any = given
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                text = f"its {word}= is {count!r}; use a whole number of at least 1"
                yield draft.problem(text, step=name)
        starter: Any = request.not_by_starter
        if not isinstance(starter, bool):
            yield draft.problem(f"its not_by_starter= is {starter!r}; use True or False", step=name)


def check_form(draft: Draft) -> Iterator[Problem]:
    """``form=`` is an importable pydantic model that has fields and a JSON schema."""
    for name, request in draft.requests.items():
        error = None if request.form is None else _find_form_error(request.form, draft.cls)
        if error:
            yield draft.problem(f"its form= {error}", step=name)


def _find_form_error(form: Any, owner: type) -> str | None:
    if not inspect.isclass(form) or not issubclass(form, BaseModel) or form is BaseModel:
        return f"is {form!r}; use a subclass of pydantic's BaseModel"
    if issubclass(form, RootModel):
        return "is a RootModel, which has no fields; use a BaseModel"
    if import_error := find_import_error(form, owner):
        return import_error
    try:
        make_json_schema(form)
    except PydanticUserError as error:
        return f"has no JSON schema ({error.message}); change that field's annotation"
    return None


def check_output(draft: Draft) -> Iterator[Problem]:
    """``output=`` requires a form, whose answers are the output."""
    for name, request in draft.requests.items():
        if draft.steps[name].output is not None and request.form is None:
            text = "its output= has no effect without a form; set form=, or remove output="
            yield draft.problem(text, step=name)
