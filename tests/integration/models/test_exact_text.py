"""Equal is the same everywhere: texts that identify something compare exactly on every database.

The columns are found in the models, so that a new one is tested too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, NotSupportedError, connection, models, transaction
from django.db.models import Count, Exists, F, OuterRef

from squid_mesh import Workflow, api, step
from squid_mesh.checks import check_database
from squid_mesh.definitions import registry
from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import ExactCharField, ExactTextField, Run, StepRun
from squid_mesh.models.exact_text import can_compare_exactly, find_exact_collation
from tests.host import steps, workflows
from tests.host.runs import run_until_idle

MODELS: Final = [model for model in apps.get_app_config("squid_mesh").get_models() if not model._meta.proxy]
#: Two texts that some collation treats as equal.
PAIRS: Final = [
    pytest.param("evt_1PqRs", "evt_1Pqrs", id="case"),
    pytest.param("k", "k ", id="space"),
    pytest.param("k", "k\t", id="tab"),
    pytest.param("resume", "r\u00e9sum\u00e9", id="accent"),
    pytest.param("\u00e9", "e\u0301", id="normalisation"),
    pytest.param("stra\u00dfe", "strasse", id="sharp-s"),
    pytest.param("\U0001f600", "\U0001f602", id="emoji"),
    pytest.param("a", "\u0430", id="script"),
    pytest.param("ab", "a\u200bb", id="invisible"),
    pytest.param("1", "\u0661", id="digit"),
    pytest.param("a_b", "aXb", id="wildcard"),
]


def _target(field: Any) -> Any:
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _texts() -> list[tuple[type[models.Model], Any]]:
    """Every text column of the app, keys of other tables included."""
    return [
        (model, field)
        for model in MODELS
        for field in model._meta.local_concrete_fields
        if isinstance(_target(field), models.CharField | models.TextField)
    ]


def _exact() -> list[Any]:
    return [
        pytest.param(model, field, id=f"{model.__name__}.{field.name}")
        for model, field in _texts()
        if isinstance(_target(field), ExactCharField | ExactTextField)
    ]


def _unique() -> Iterator[Any]:
    """Every unique set of columns with a text that must compare exactly, once for each such text."""
    for model in MODELS:
        sets = {
            frozenset(c.fields) for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)
        }
        sets |= {frozenset(names) for names in model._meta.unique_together}
        sets |= {frozenset({field.name}) for field in model._meta.local_concrete_fields if field.unique}
        sets.add(frozenset(field.name for field in model._meta.pk_fields))
        for names in sorted(sets, key=sorted):
            for name in sorted(names):
                field = model._meta.get_field(name)
                if isinstance(field, ExactCharField):
                    key = "-".join(sorted(names))
                    yield pytest.param(model, sorted(names), name, id=f"{model.__name__}-{key}-{name}")


def _make(model: type[models.Model], **given: Any) -> Any:
    """Add a row with those values; what else it needs is made up."""
    values = dict(given)
    for field in model._meta.local_concrete_fields:
        generated = field.column is None or isinstance(field, models.AutoField) or field.has_default()
        if field.name in values or field.attname in values or generated or field.null:
            continue
        values[field.name] = _invent(field)
    return model._base_manager.create(**values)


def _invent(field: Any) -> Any:
    if isinstance(field, models.ForeignKey):
        return _make(field.related_model)
    if isinstance(field, models.DateTimeField):
        return datetime(2026, 1, 1, tzinfo=UTC)
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.IntegerField):
        return 1
    assert isinstance(field, models.CharField), f"teach this test to make up a {field}"
    return uuid4().hex[: field.max_length]


def _make_with_text(model: type[models.Model], field: Any, text: str) -> Any:
    if isinstance(field, models.ForeignKey):
        other = field.related_model
        parent = other._base_manager.filter(pk=text).first() or _make(other, pk=text)
        return _make(model, **{field.name: parent})
    return _make(model, **{field.name: text})


def test_every_text_is_exact() -> None:
    exact = ExactCharField | ExactTextField
    assert not {f"{m.__name__}.{f.name}" for m, f in _texts() if not isinstance(_target(f), exact)}


def test_no_text_column_depends_on_the_character_set_of_the_database() -> None:
    collations = {_target(field).db_parameters(connection)["collation"] for _, field in _texts()}
    assert collations == {find_exact_collation(connection)}


def test_a_comment_has_any_character() -> None:
    run_id = api.start_run(workflows.Single).id
    api.comment_run(run_id, "\U0001f600 \u03a9 \u00fc")
    assert api.inspect_run(run_id, history=True).events[-1].comment == "\U0001f600 \u03a9 \u00fc"


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize(("model", "field"), _exact())
def test_a_filter_finds_that_text_alone(model: Any, field: Any, one: str, other: str) -> None:
    rows, name = model._base_manager.all(), field.attname
    first = _make_with_text(model, field, one)
    assert rows.get(**{name: one}).pk == first.pk
    assert not rows.filter(**{name: other}).exists()
    assert not rows.filter(**{f"{name}__in": [other, f"{other}{other}"]}).exists()
    assert rows.exclude(**{name: other}).get().pk == first.pk
    second = _make_with_text(model, field, other)
    assert rows.get(**{f"{name}__in": [other]}).pk == second.pk
    assert set(rows.values_list(name, flat=True).distinct()) == {one, other}
    counted = rows.order_by().values(name).annotate(rows=Count("*"))
    assert {row[name]: row["rows"] for row in counted} == {one: 1, other: 1}
    partners = rows.filter(**{name: OuterRef(name)}).exclude(pk=OuterRef("pk"))
    assert not rows.filter(Exists(partners)).exists()
    assert rows.filter(**{name: F(name)}).count() == 2


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize(("model", "names", "name"), list(_unique()))
def test_a_unique_constraint_separates_those_texts(
    model: Any, names: list[str], name: str, one: str, other: str
) -> None:
    first = _make(
        model, **{key: one for key in names if isinstance(model._meta.get_field(key), ExactCharField)}
    )
    same = {key: getattr(first, key) for key in names}
    _make(model, **{**same, name: other})
    with pytest.raises(IntegrityError), transaction.atomic():
        _make(model, **same)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_different_keys_start_different_runs(one: str, other: str) -> None:
    first = api.start_run(workflows.Single, idempotency_key=one)
    second = api.start_run(workflows.Single, idempotency_key=other)
    assert (first.existed, second.existed) == (False, False)
    assert api.start_run(workflows.Single, idempotency_key=one).id == first.id
    assert [run.id for run in api.list_runs(search=other).runs] == [second.id]


def test_steps_that_differ_in_case_are_different_steps() -> None:
    with registry.isolate():

        class Pays(Workflow):
            pay = step(steps.act)
            Pay = step(steps.act, after=pay)
            PAY = step(steps.act, after=pay)

        run_id = api.start_run(Pays).id
        run_until_idle()
        assert api.inspect_run(run_id).status == RunStatus.COMPLETED
    assert set(StepRun.objects.values_list("name", "status")) == {
        ("pay", "completed"),
        ("Pay", "completed"),
        ("PAY", "completed"),
    }


@pytest.mark.parametrize(
    ("lookup", "text"),
    [
        ("iexact", "HOST.\u00c9TAPE"),
        ("icontains", ".\u00c9T"),
        ("istartswith", "HOST"),
        ("iendswith", "TAPE"),
    ],
)
def test_a_search_can_still_ignore_the_case(lookup: str, text: str) -> None:
    ignored = text if connection.vendor != "sqlite" else text.replace("\u00c9", "\u00e9")  # ASCII alone there
    _make(Run, workflow="host.\u00e9tape")
    assert Run.objects.filter(**{f"workflow__{lookup}": ignored}).count() == 1
    assert not Run.objects.filter(**{f"workflow__{lookup}": "100%"}).exists()


class _MySQL:
    """A connection to MySQL, as far as the choice of a collation reads it."""

    vendor = "mysql"
    mysql_is_mariadb = False

    def __init__(self, *version: int) -> None:
        self.mysql_version = version


def test_the_collation_depends_on_the_database() -> None:
    old, new = _MySQL(8, 0, 16), _MySQL(8, 0, 17)
    assert find_exact_collation(new) == "utf8mb4_0900_bin"
    assert find_exact_collation(old) == "utf8mb4_bin"
    assert (can_compare_exactly(old), can_compare_exactly(new)) == (False, True)


def test_a_database_that_cannot_compare_exactly_is_an_error() -> None:
    assert check_database(None, databases=["default"]) == []
    with patch("squid_mesh.checks.can_compare_exactly", return_value=False):
        (message,) = check_database(None, databases=["default"])
        assert (message.id, check_database(None), check_database(None, databases=["other"])) == (
            "squid_mesh.E009",
            [],
            [],
        )


#: How a text is declared whose comparison isn't exact.
INEXACT: Final = {
    "sqlite": "varchar(9) COLLATE NOCASE",
    "mysql": "varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",  # a space at the end is ignored
    "postgresql": 'varchar(9) COLLATE "squid_mesh_ignores_case"',
}


@pytest.fixture
def inexact_table(transactional_db: None) -> Iterator[str]:
    """A table with a column that must compare exactly, and doesn't."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            collation = "provider = icu, locale = 'und-u-ks-level2', deterministic = false"
            try:
                cursor.execute(f"CREATE COLLATION squid_mesh_ignores_case ({collation})")
            except NotSupportedError:
                pytest.skip("this PostgreSQL was built without ICU")
        name = connection.ops.quote_name("name")
        cursor.execute(f"CREATE TABLE inexact ({name} {INEXACT[connection.vendor]} NOT NULL)")
        yield "inexact"
        cursor.execute("DROP TABLE inexact")
        if connection.vendor == "postgresql":
            cursor.execute("DROP COLLATION squid_mesh_ignores_case")


def test_the_doctor_finds_no_inexact_column_after_migrate() -> None:
    assert "texts_inexact" not in {finding.code for finding in api.diagnose()}


def test_the_doctor_finds_a_column_that_compares_inexactly(inexact_table: str) -> None:
    with patch("squid_mesh.inspection.doctor.texts._exact_columns", return_value={inexact_table: {"name"}}):
        (finding,) = [finding for finding in api.diagnose() if finding.code == "texts_inexact"]
    assert list(finding.details["columns"]) == ["inexact.name"]
    assert "inexact.name" in finding.problem
