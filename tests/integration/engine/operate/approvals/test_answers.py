"""The answers to an approval's form."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from pydantic import BaseModel

from squid_mesh import api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.exceptions import (
    CodeUnavailable,
    FormError,
)
from tests.host import people
from tests.host.people import person
from tests.host.runs import driven, seen

DECIDE = "squid_mesh.decide_approval"

Plan = dict[str, Any]


@pytest.fixture
def ada() -> User:
    return person("ada", DECIDE)


@pytest.fixture
def bob() -> User:
    return person("bob", DECIDE)


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        (None, {"discount": ["Field required"]}),
        ({"discount": 99}, {"discount": ["Input should be less than or equal to 50"]}),
        ({"discount": 1, "discuont": 2}, {"discuont": ["unknown field; did you mean 'discount'?"]}),
    ],
)
def test_answers_that_do_not_fit_the_form_are_rejected(data: Any, errors: Any, ada: User) -> None:
    run_id = driven(people.Reviews)
    before = seen(run_id)
    with pytest.raises(FormError) as caught:
        api.approve_run(run_id, actor=ada, data=data)
    assert caught.value.code == "invalid_form"
    assert set(caught.value.details["errors"]) == set(errors)
    assert seen(run_id) == before


def test_a_rejection_with_answers_that_do_not_fit_is_an_error_too(ada: User) -> None:
    with pytest.raises(FormError):
        api.reject_run(driven(people.Reviews), actor=ada, data={"discount": 99})


def test_answers_without_a_form_are_rejected(ada: User) -> None:
    with pytest.raises(FormError):
        api.approve_run(driven(people.Expires), actor=ada, data={"discount": 1})


def test_answers_may_be_an_instance_of_the_form(ada: User) -> None:
    run_id = driven(people.Reviews)
    api.approve_run(run_id, actor=ada, data=people.Terms(discount=3))
    assert seen(run_id).state["review"]["discount"] == 3


def test_a_form_that_is_not_installed_is_a_typed_error_and_the_approval_stays(ada: User) -> None:
    run_id = driven(people.Reviews)
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(people, "Terms")
        with pytest.raises(CodeUnavailable) as caught:
            api.approve_run(run_id, actor=ada, data={"discount": 1})
    assert (caught.value.code, caught.value.details) == ("code_missing", {"path": "tests.host.people:Terms"})
    assert seen(run_id).status == "paused"
    api.approve_run(run_id, actor=ada, data={"discount": 1})


def test_a_form_that_a_deploy_changed_keeps_the_requested_fields(ada: User) -> None:
    class Changed(BaseModel):
        discount: int
        approver_code: str

    run_id = driven(people.Reviews)
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(people, "Terms", Changed)
        for bad in ({"discount": "much"}, {"note": "no discount"}, {"discount": 1, "approver_code": "x"}):
            with pytest.raises(FormError):
                api.approve_run(run_id, actor=ada, data=bad)
        api.approve_run(run_id, actor=ada, data={"discount": 60, "note": "by the new limits"})
    load_code.cache_clear()
    assert seen(run_id).state["review"] == {"discount": 60, "note": "by the new limits"}
