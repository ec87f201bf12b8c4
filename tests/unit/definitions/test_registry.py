"""The registry of workflows."""

from __future__ import annotations

import pytest

from squid_mesh import DefinitionError, Workflow, step
from squid_mesh.definitions import registry
from squid_mesh.exceptions import WorkflowNotFound
from tests.unit.definitions import sample_steps


def make(class_name: str, module: str = "shop.content.workflows", **body: object) -> type[Workflow]:
    return type(class_name, (Workflow,), {"__module__": module, "go": step(sample_steps.noop), **body})


def test_a_workflow_is_named_after_the_package_it_is_in() -> None:
    assert make("Post").workflow_name == "content.Post"
    assert make("Post", module="workflows").workflow_name == "workflows.Post"


def test_a_name_in_the_body_replaces_the_default() -> None:
    assert make("Post", name="old.Name").workflow_name == "old.Name"


def test_a_name_in_the_body_is_not_inherited() -> None:
    base = make("Post", name="old.Name")

    class Child(base):  # type: ignore[valid-type,misc]
        pass

    assert Child.workflow_name == "definitions.Child"


def test_the_label_of_the_longest_prefix_names_the_workflow() -> None:
    registry.use_app_labels({"shop": "shop", "shop.content": "cms", "shop.cont": "wrong"})
    assert make("Post").workflow_name == "cms.Post"
    assert make("Sale", module="shop.workflows").workflow_name == "shop.Sale"
    assert make("Gift", module="shopping.workflows").workflow_name == "shopping.Gift"


def test_labels_rename_what_is_registered_already() -> None:
    post, named = make("Post"), make("Named", name="old.Name")
    before = post.blueprint.fingerprint
    registry.use_app_labels({"shop.content": "cms"})
    assert post.workflow_name == post.blueprint.workflow == "cms.Post"
    assert post.blueprint.fingerprint != before
    assert registry.get_workflow("cms.Post") is post
    assert registry.list_workflows() == (post, named)
    with pytest.raises(WorkflowNotFound):
        registry.get_workflow("content.Post")


def test_labels_rename_problems_too() -> None:
    with registry.collect_problems():
        make("Post", go=step(sample_steps.a_lambda))
    with registry.collect_problems() as found:
        registry.use_app_labels({"shop.content": "cms"})
    assert [problem.workflow for problem in found] == ["cms.Post"]
    assert registry.list_problems() == tuple(found)


def test_labels_that_make_two_names_equal_are_rejected() -> None:
    make("Post", module="one.workflows")
    make("Post", module="two.workflows")
    with pytest.raises(DefinitionError, match=r"one\.workflows\.Post and two\.workflows\.Post"):
        registry.use_app_labels({"one": "app", "two": "app"})


def test_a_workflow_is_found_by_name_and_by_class() -> None:
    post = make("Post")
    assert registry.get_workflow("content.Post") is post
    assert registry.get_workflow(post) is post


def test_an_unknown_name_lists_the_known_ones() -> None:
    make("Post")
    make("Sale")
    with pytest.raises(WorkflowNotFound) as caught:
        registry.get_workflow("content.Pots")
    assert caught.value.message == (
        "No workflow is named 'content.Pots' (did you mean 'content.Post'?);"
        " known: 'content.Post', 'content.Sale'."
    )
    assert caught.value.details == {"workflow": "content.Pots", "known": ["content.Post", "content.Sale"]}


def test_two_classes_with_one_name_are_rejected_with_both_modules() -> None:
    make("Post", module="one.app.workflows")
    with pytest.raises(DefinitionError, match=r"one\.app\.workflows\.Post and two\.app\.workflows\.Post"):
        make("Post", module="two.app.workflows")
    assert [cls.__module__ for cls in registry.list_workflows()] == ["one.app.workflows"]


def test_a_class_created_again_replaces_itself() -> None:
    make("Post")
    again = make("Post")
    assert registry.list_workflows() == (again,)


def test_a_class_created_again_under_another_name_gives_up_the_old_one() -> None:
    make("Post")
    again = make("Post", name="new.Name")
    assert registry.list_workflows() == (again,)


def test_a_class_created_again_without_problems_is_valid() -> None:
    with registry.collect_problems():
        make("Post", go=step(sample_steps.a_lambda))
    assert registry.list_problems()
    make("Post")
    assert not registry.list_problems()


def test_collecting_records_a_duplicate_name_and_keeps_the_first() -> None:
    first = make("Post", module="one.app.workflows")
    with registry.collect_problems() as found:
        second = make("Post", module="two.app.workflows")
    assert "have the same name" in found[0].message
    assert registry.get_workflow("app.Post") is first
    with pytest.raises(DefinitionError):
        registry.get_workflow(second)


def test_collecting_records_an_invalid_class_and_continues() -> None:
    with registry.collect_problems() as found:
        broken = make("Broken", go=step(sample_steps.a_lambda))
        sound = make("Sound")
    assert broken.problems == tuple(found) == registry.list_problems()
    assert registry.list_workflows() == (sound,)
    with pytest.raises(DefinitionError):
        registry.get_workflow(broken)
    with pytest.raises(DefinitionError, match="its target is a lambda"):
        registry.get_workflow("content.Broken")


def test_without_collecting_an_invalid_class_raises_and_is_not_recorded() -> None:
    with pytest.raises(DefinitionError):
        make("Broken", go=step(sample_steps.a_lambda))
    assert registry.list_problems() == ()
    with registry.collect_problems():
        pass
    with pytest.raises(DefinitionError):
        make("Broken", go=step(sample_steps.a_lambda))


def test_an_isolated_registry_starts_empty_and_is_discarded() -> None:
    outer = make("Post")
    with registry.isolate():
        assert registry.list_workflows() == ()
        inner = make("Post", module="another.content.workflows")
        assert registry.list_workflows() == (inner,)
    assert registry.list_workflows() == (outer,)


def test_an_isolated_registry_keeps_the_labels() -> None:
    registry.use_app_labels({"shop.content": "cms"})
    with registry.isolate():
        assert make("Post").workflow_name == "cms.Post"
        registry.use_app_labels({"shop.content": "inner"})
    assert make("Post").workflow_name == "cms.Post"
