"""Reading requests: JSON bodies of limited size, and queries, each validated against a pydantic model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, Final, TypeVar, cast

from django.conf import settings
from pydantic import BaseModel, ConfigDict, ValidationError
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser
from rest_framework.request import Request, is_form_media_type
from rest_framework.settings import api_settings

from squid_mesh.rest.base.errors import BodyTooLarge, InvalidRequest, LengthRequired

_Model = TypeVar("_Model", bound=BaseModel)
IDEMPOTENCY_KEY: Final = "Idempotency-Key"


class Body(BaseModel):
    """The body of a request. Unknown fields are errors; no error repeats a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Query(BaseModel):
    """The query of a request. Unknown parameters are errors; no error repeats a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class LimitedJSONParser(JSONParser):
    """Parses JSON of at most ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes, which the framework doesn't check."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the JSON value. Raises BodyTooLarge and ParseError."""
        limit = cast("int | None", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        raw = stream.read() if limit is None else stream.read(limit + 1)
        if limit is not None and len(raw) > limit:
            raise BodyTooLarge
        try:
            return json.loads(raw.decode(), parse_constant=_reject_constant)
        except (ValueError, RecursionError):
            raise ParseError("The body isn't valid JSON.") from None


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} isn't JSON")


def read_body(model: type[_Model], request: Request) -> _Model:
    """Return the body. An empty one is an object without fields. Raises InvalidRequest, LengthRequired."""
    if not request.META.get("CONTENT_LENGTH") and _has_content(request):
        raise LengthRequired
    length = str(request.META.get("CONTENT_LENGTH") or 0)
    if is_form_media_type(request.content_type) and length != "0":  # empty here, if middleware has read it
        raise UnsupportedMediaType(request.content_type)
    try:
        return model.model_validate_json(json.dumps(request.data), strict=True)
    except ValidationError as error:
        raise _invalid(error) from None


def _has_content(request: Request) -> bool:
    """Return whether a body of unknown length was sent. HTTP/2 has no header that says so."""
    return "Transfer-Encoding" in request.headers or bool(request._request.read(1))


def read_query(model: type[_Model], request: Request) -> _Model:
    """Return the query. Raises InvalidRequest: a parameter is unknown, wrong, or given twice."""
    given = request.query_params
    values: dict[str, Any] = {}
    for name in given:
        if name == str(api_settings.URL_FORMAT_OVERRIDE):
            continue
        field = model.model_fields.get(name)
        if field is not None and field.annotation == tuple[str, ...]:
            values[name] = given.getlist(name)
        elif len(given.getlist(name)) > 1:
            raise InvalidRequest({name: ["is given more than once"]})
        else:
            values[name] = given[name]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _invalid(error) from None


def read_idempotency_key(request: Request) -> str | None:
    """Return the header's value, or None if there is none."""
    return request.headers.get(IDEMPOTENCY_KEY)


def _invalid(error: ValidationError) -> InvalidRequest:
    errors: dict[str, list[str]] = {}
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        errors.setdefault(".".join(map(str, one["loc"])) or "body", []).append(one["msg"])
    return InvalidRequest(errors)
