"""The result of a call: as text, as JSON, and stored."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from squid_mesh.definitions.values.output import dump_value
from squid_mesh.tools.http import HttpResult, HttpUndecodable
from squid_mesh.tools.secrets import MASK, Secrets


def result(body: bytes = b"", **headers: str) -> HttpResult:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResult(status=200, url="https://a.example/", headers=named, body=body, elapsed=0.5)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("ü".encode(), "text/plain", "ü"),
        ("ü".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ü"),
        ("ü".encode("latin-1"), "text/plain", "\N{REPLACEMENT CHARACTER}"),
        (b"a", "text/plain; charset=no-such", "a"),
        (b"a", "", "a"),
        (b"a", ";;;=", "a"),
    ],
)
def test_text_is_decoded_by_its_content_type(body: bytes, content_type: str, text: str) -> None:
    assert result(body, content_type=content_type).text == text


def test_a_body_that_is_not_json_is_a_typed_error_without_a_cause() -> None:
    assert result(b'{"a": [1]}').json() == {"a": [1]}
    for body in (b"", b"<html>", b"\xff", b"[" * 100_000):
        with pytest.raises(HttpUndecodable) as caught:
            result(body).json()
        assert caught.value.__context__ is None
        assert caught.value.details["url"] == "https://a.example/"


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize("body", [b"", "ü".encode(), b"\xff", b"\xff\x00", b"a\x00b", b'{"base64": "x"}'])
def test_a_stored_result_can_be_restored(body: bytes, annotated: bool) -> None:
    adapter: TypeAdapter[HttpResult] = TypeAdapter(HttpResult)
    stored = dump_value(result(body, content_type="x/y"), adapter if annotated else None)
    again = adapter.validate_json(json.dumps(stored))
    assert (again.status, again.url, again.headers, again.body, again.elapsed) == (
        200,
        "https://a.example/",
        {"content-type": "x/y"},
        body,
        0.5,
    )


def test_a_stored_result_masks_the_secrets_of_the_call() -> None:
    secrets = Secrets()
    secrets.add("s3cret")
    made = HttpResult(
        status=200,
        url="https://a.example/",
        headers={"set-cookie": "a=b", "x": "it is s3cret"},
        body=b"you said s3cret",
        secrets=secrets,
    )
    assert made.as_dict() == {
        "status": 200,
        "url": "https://a.example/",
        "headers": {"set-cookie": MASK, "x": f"it is {MASK}"},
        "body": f"you said {MASK}",
        "elapsed": 0.0,
    }
    assert made.body == b"you said s3cret"
    assert "s3cret" not in repr(made)
