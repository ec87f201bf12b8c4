"""Every setting with values of the wrong type: one typed error that lists them and repeats no value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import checks
from django.test import override_settings
from pydantic import SecretStr

from squid_mesh import api, conf
from squid_mesh.exceptions import InvalidSettings

NO_NUMBER: tuple[Any, ...] = (
    True,
    False,
    None,
    "soon",
    float("nan"),
    float("inf"),
    1e300,
    10**400,
    -1,
    [1],
    b"x",
)
#: Wrong values by the type of the setting.
WRONG: dict[Any, tuple[Any, ...]] = {
    bool: (None, "maybe", 2, [], object()),
    int: (*NO_NUMBER, 1.5),
    int | None: tuple(value for value in NO_NUMBER if value is not None),
    float: NO_NUMBER,
    str: (None, 7, True, b"x", []),
    str | None: (7, True, []),
    tuple[str, ...]: (None, 7, True, "name", [7], [None], (name for name in ("iban",)), iter(["iban"])),
    SecretStr | None: (7, True, [], "too short"),
    conf.LimitSettings: (None, 7, [], "x", {"NOPE": 1}, {"DEPTH": True}),
    conf.HttpSettings: (None, 7, [], "x", {"NOPE": 1}, {"MAX_REDIRECTS": True}),
}


def settings() -> Iterator[Any]:
    for path, model in (("", conf.Settings), ("HTTP.", conf.HttpSettings), ("LIMITS.", conf.LimitSettings)):
        for name, field in model.model_fields.items():
            yield pytest.param(path, name, field.annotation, id=path + name)


@pytest.mark.parametrize(("path", "name", "kind"), list(settings()))
def test_a_wrong_value_is_a_typed_error_that_names_the_setting(path: str, name: str, kind: Any) -> None:
    for value in WRONG[kind]:
        given = {path.rstrip("."): {name: value}} if path else {name: value}
        with override_settings(SQUID_MESH=given):
            with pytest.raises(InvalidSettings) as caught:
                conf.current()
            reported = [one for one in checks.run_checks(tags=["squid_mesh"]) if one.id == "squid_mesh.E001"]
        problems = caught.value.details["problems"]
        assert [one["setting"].startswith(path + name) for one in problems] == [True], value
        assert len(reported) == 1
        assert caught.value.as_dict()["code"] == "invalid_settings"


@pytest.mark.parametrize("given", [7, None, "x", [], {"NOPE": 1}, {7: 1}])
def test_settings_that_are_no_known_dict_are_a_typed_error(given: Any) -> None:
    with override_settings(SQUID_MESH=given), pytest.raises(InvalidSettings):
        api.read_overview()


def test_an_error_does_not_repeat_a_secret() -> None:
    with override_settings(SQUID_MESH={"METRICS_TOKEN": "hunter2", "LEASE_SECONDS": "hunter2"}):
        with pytest.raises(InvalidSettings) as caught:
            conf.current()
        reported = checks.run_checks(tags=["squid_mesh"])
    assert "hunter2" not in f"{caught.value.as_dict()} {caught.value!r} {reported}"
    assert caught.value.__cause__ is None


def test_settings_that_change_in_place_are_read_again() -> None:
    given: dict[str, Any] = {"LIMITS": {"DEPTH": 7}}
    with override_settings(SQUID_MESH=given):
        assert conf.current() is conf.current()
        given["LIMITS"]["DEPTH"] = 8
        assert conf.limits().DEPTH == 8
        given["LIMITS"]["DEPTH"] = "many"
        with pytest.raises(InvalidSettings):
            conf.current()
    assert conf.limits().DEPTH not in (7, 8)
