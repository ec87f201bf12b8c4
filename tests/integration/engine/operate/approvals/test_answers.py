"""The answers to an approval's form."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any, Literal, Self

import pytest
from django.contrib.auth.models import User
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator

from squid_mesh import Workflow, api, approval, fail, step
from squid_mesh.definitions import registry
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.exceptions import (
    CodeUnavailable,
    FormError,
)
from tests.host import people, steps
from tests.host.people import person
from tests.host.runs import driven, seen

DECIDE = "squid_mesh.decide_approval"

Plan = dict[str, Any]
Deploy = Callable[..., None]

with registry.isolate():

    class Redeployed(Workflow):
        """A later version of ``Reviews``, whose form has another name."""

        name = people.Reviews.workflow_name

        class Conditions(BaseModel):
            discount: int = Field(le=5)

        review = approval("Fine?", output="review", form=Conditions)
        charge = step(steps.act)
        flow = [review >> charge, review.on("rejected") >> fail]


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


@pytest.fixture
def deployed() -> Iterator[Deploy]:
    """Deploy another version of the form while a run waits; None removes it."""
    with pytest.MonkeyPatch.context() as patched:

        def deploy(form: type[BaseModel] | None, name: str = "Terms") -> None:
            load_code.cache_clear()
            if form is None:
                patched.delattr(people, name)
            else:
                patched.setattr(people, name, form)

        yield deploy
    load_code.cache_clear()


def test_validators_decide_after_a_deploy_that_changed_only_a_docstring(ada: User, deployed: Deploy) -> None:
    class Documented(BaseModel):
        """The same form, explained better."""

        discount: int = Field(ge=0, le=50, title="Discount in percent")
        note: str = ""

        @field_validator("note")
        @classmethod
        def no_swearing(cls, value: str) -> str:
            if "damn" in value:
                raise ValueError("write politely")
            return value.strip()

        @model_validator(mode="after")
        def large_discounts_need_a_note(self) -> Self:
            if self.discount > 20 and not self.note:
                raise ValueError("say why")
            return self

    run_id = driven(people.Reviews)
    deployed(Documented)
    for bad in ({"discount": 1, "note": "damn"}, {"discount": 30}, {"discount": 51, "note": "x"}):
        with pytest.raises(FormError):
            api.approve_run(run_id, actor=ada, data=bad)
    api.approve_run(run_id, actor=ada, data={"discount": 30, "note": " fine "})
    assert seen(run_id).state["review"] == {"discount": 30, "note": "fine"}
    (decided,) = (event for event in seen(run_id).events if event.type == "approved")
    assert decided.data == {"exit": "approved", "visit": 1}


def test_an_added_required_field_is_asked_for_and_an_added_default_applies(
    ada: User, deployed: Deploy
) -> None:
    class Longer(BaseModel):
        discount: int = Field(ge=0, le=50)
        note: str = ""
        approver_code: str
        currency: str = "EUR"

    run_id = driven(people.Reviews)
    deployed(Longer)
    asked = seen(run_id).step("review")
    assert set(asked.form_schema["required"]) == {"discount", "approver_code"}
    assert list(asked.form_schema["properties"]) == ["discount", "note", "approver_code", "currency"]
    assert asked.form_changes == ("required field approver_code was added", "field currency was added")
    with pytest.raises(FormError) as caught:
        api.approve_run(run_id, actor=ada, data={"discount": 1})
    assert set(caught.value.details["errors"]) == {"approver_code"}
    api.approve_run(run_id, actor=ada, data={"discount": 1, "approver_code": "x"})
    done = seen(run_id)
    assert done.state["review"] == {"discount": 1, "note": "", "approver_code": "x", "currency": "EUR"}
    (decided,) = (event for event in done.events if event.type == "approved")
    assert decided.data["form_changes"] == list(asked.form_changes)


def test_an_answer_to_a_removed_field_fits_the_stored_schema_and_is_kept(ada: User, deployed: Deploy) -> None:
    class Shorter(BaseModel):
        discount: int = Field(ge=0, le=90)

    run_id = driven(people.Reviews)
    deployed(Shorter)
    with pytest.raises(FormError) as caught:
        api.approve_run(run_id, actor=ada, data={"discount": 60, "note": 7})
    assert caught.value.details["errors"] == {"note": ["Input should be a valid string"]}
    api.approve_run(run_id, actor=ada, data={"discount": 60, "note": "by the new limits"})
    assert seen(run_id).state["review"] == {"discount": 60, "note": "by the new limits"}


def test_a_form_that_forbids_other_fields_reads_the_answers_without_the_removed_ones(
    ada: User, deployed: Deploy
) -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")
        discount: int

    run_id = driven(people.Reviews)
    deployed(Strict)
    api.approve_run(run_id, actor=ada, data={"discount": 60, "note": "gone"})
    assert seen(run_id).state["review"] == {"discount": 60}


def test_a_field_that_has_an_alias_now_is_read_by_the_name_that_was_asked_for(
    ada: User, deployed: Deploy
) -> None:
    class Aliased(BaseModel):
        discount: int = Field(validation_alias=AliasChoices("rebate", "percent"), ge=0, le=50)
        note: str = Field("", alias="remark")

    run_id = driven(people.Reviews)
    deployed(Aliased)
    asked = seen(run_id).step("review")
    assert list(asked.form_schema["properties"]) == ["discount", "note"]
    assert asked.form_schema["required"] == ["discount"]
    assert asked.form_changes == ()
    with pytest.raises(FormError):
        api.approve_run(run_id, actor=ada, data={"discount": 51})
    api.approve_run(run_id, actor=ada, data={"discount": 5, "note": "n"})
    assert seen(run_id).state["review"] == {"discount": 5, "note": "n"}


def test_choices_that_differ_are_reported_and_the_installed_ones_decide(ada: User, deployed: Deploy) -> None:
    class After(BaseModel):
        tariff: Literal["b", "c"]

    run_id = driven(people.Tariffs)
    deployed(After, "Tariff")
    assert seen(run_id).step("review").form_changes == (
        "field tariff was changed (choice 'a' was removed, choice 'c' was added)",
    )
    with pytest.raises(FormError):
        api.approve_run(run_id, actor=ada, data={"tariff": "a"})
    api.approve_run(run_id, actor=ada, data={"tariff": "c"})


def test_the_stored_schema_checks_the_answers_if_the_form_is_deleted(ada: User, deployed: Deploy) -> None:
    run_id = driven(people.Reviews)
    deployed(None)
    bad = [
        ({"discount": 51}, {"discount": ["Input should be less than or equal to 50"]}),
        ({"discount": "many"}, {"discount": ["Input should be a valid integer"]}),
        ({"discount": True}, {"discount": ["Input should be a valid integer"]}),
        ({}, {"discount": ["Field required"]}),
        (None, {"discount": ["Field required"]}),
        ({"discount": 1, "nite": "x"}, {"nite": ["unknown field (did you mean 'note'?)"]}),
    ]
    for data, errors in bad:
        with pytest.raises(FormError) as caught:
            api.approve_run(run_id, actor=ada, data=data)
        assert caught.value.details["errors"] == errors
    api.approve_run(run_id, actor=ada, data={"discount": 1})
    done = seen(run_id)
    assert done.state["review"] == {"discount": 1, "note": ""}
    (decided,) = (event for event in done.events if event.type == "approved")
    assert decided.data["form_changes"] == [
        "the form tests.host.people:Terms is no longer installed; its stored schema checks the answers"
    ]


def test_the_form_that_the_step_has_now_decides_if_the_class_was_moved(ada: User, deployed: Deploy) -> None:
    run_id = driven(people.Reviews)
    deployed(None)
    with registry.isolate():
        registry.register(Redeployed)
        with pytest.raises(FormError):
            api.approve_run(run_id, actor=ada, data={"discount": 6})
        api.approve_run(run_id, actor=ada, data={"discount": 5})


def test_a_form_whose_import_fails_is_a_typed_error_and_the_approval_stays(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = driven(people.Reviews)

    def fail(name: str) -> None:
        raise RuntimeError("no such host")

    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(importlib, "import_module", fail)
        with pytest.raises(CodeUnavailable) as caught:
            api.approve_run(run_id, actor=ada, data={"discount": 1})
    assert (caught.value.code, caught.value.details) == ("code_missing", {"path": "tests.host.people:Terms"})
    assert seen(run_id).status == "paused"
    api.approve_run(run_id, actor=ada, data={"discount": 1})
