"""Rules about what ``pause(...)`` and ``approval(...)`` ask, and of whom."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, RootModel
from pydantic.errors import PydanticUserError

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.importable import find_import_error
from squid_mesh.definitions.declare.request import Escalation, RequestDeclaration
from squid_mesh.definitions.problems import Problem


def prompt_is_a_text(draft: Draft) -> Iterator[Problem]:
    """What people read is a text."""
    for name, request in draft.requests.items():
        prompt: Any = request.prompt
        if not isinstance(prompt, str):
            yield draft.problem(f"its prompt is {prompt!r}; write a text", step=name)


def people_are_named(draft: Draft) -> Iterator[Problem]:
    """``permission=`` and ``groups=`` name something, in an escalation as well."""
    for name, request in draft.requests.items():
        for stage in request.stages:
            whose = "its escalation's" if isinstance(stage, Escalation) else "its"
            for fault in _who_faults(stage):
                yield draft.problem(f"{whose} {fault}", step=name)


def _who_faults(stage: RequestDeclaration | Escalation) -> Iterator[str]:
    permission: Any = stage.permission
    groups: Any = stage.groups
    if not isinstance(permission, str) or (permission and not _is_permission(permission)):
        yield f"permission= is {permission!r}; write one such as 'billing.approve_recovery'"
    if not isinstance(groups, list | tuple):
        yield f"groups= is {groups!r}; write a list of names: ['Finance']"
    else:
        for group in groups:
            if not isinstance(group, str) or not group.strip():
                yield f"groups= holds {group!r}, which is no name; leave it out"
    if isinstance(stage, Escalation) and not permission and not groups:
        yield "people are the same as before; give escalate(...) a permission= or groups="


def _is_permission(text: str) -> bool:
    app, _, codename = text.partition(".")
    return bool(app.strip() and codename.strip())


def decisions_are_counted(draft: Draft) -> Iterator[Problem]:
    """``quorum=`` and ``rejections=`` are numbers of people, ``not_by_starter=`` is a yes or a no."""
    for name, request in draft.requests.items():
        for word, given in (("quorum", request.quorum), ("rejections", request.rejections)):
            count: Any = given
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                text = f"its {word}= is {count!r}; give a whole number of at least 1"
                yield draft.problem(text, step=name)
        starter: Any = request.not_by_starter
        if not isinstance(starter, bool):
            yield draft.problem(f"its not_by_starter= is {starter!r}; write True or False", step=name)


def form_is_a_model(draft: Draft) -> Iterator[Problem]:
    """``form=`` is a pydantic model with fields, which is stored by path and shown by its JSON schema."""
    for name, request in draft.requests.items():
        fault = None if request.form is None else _form_fault(request.form, draft.cls)
        if fault:
            yield draft.problem(f"its form= {fault}", step=name)


def _form_fault(form: Any, owner: type) -> str | None:
    if not inspect.isclass(form) or not issubclass(form, BaseModel):
        return f"is {form!r}; make it a subclass of pydantic's BaseModel"
    if issubclass(form, RootModel):
        return "is a RootModel, which has no fields; use a BaseModel"
    fault = find_import_error(form, owner)
    if fault:
        return fault
    try:
        form.model_json_schema()
    except PydanticUserError as error:
        return f"has no JSON schema ({error.message}); change that field's annotation"
    return None


def output_holds_a_form(draft: Draft) -> Iterator[Problem]:
    """An approval's output is what its form was filled in with."""
    for name, request in draft.requests.items():
        if draft.steps[name].output is not None and request.form is None:
            text = (
                "its output= has nothing to hold, since it has no form; give it form=, or leave output= out"
            )
            yield draft.problem(text, step=name)
