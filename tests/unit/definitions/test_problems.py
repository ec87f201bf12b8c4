"""Problems and their source lines."""

from __future__ import annotations

from squid_mesh.definitions.problems import Problem, did_you_mean, find_class_statement, join_quoted


def test_a_problem_shows_its_message_and_its_line() -> None:
    assert str(Problem("It is wrong.", "shop.Order", None, "shop.py", 7)) == "It is wrong. [shop.py:7]"


def test_a_hint_is_given_only_when_something_is_close() -> None:
    assert did_you_mean("invoise", ["invoice", "order"]) == " (did you mean 'invoice'?)"
    assert did_you_mean("zebra", ["invoice", "order"]) == ""


def test_an_empty_list_is_called_nothing() -> None:
    assert (join_quoted([]), join_quoted(["a", "b"])) == ("nothing", "'a', 'b'")


def test_a_class_that_no_module_is_creating_has_no_line() -> None:
    found = find_class_statement("no.such.module")
    assert (found.file, found.line) == ("no.such.module", 0)
    assert str(found) == "no.such.module:0"
