"""The operations of the OpenAPI schema: ids, tags, parameters, bodies, and the errors of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_parameter_type
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import BaseModel, Field

_Method = TypeVar("_Method", bound=Callable[..., Any])
#: Statuses of errors that every operation can have.
_ALWAYS: Final = (400, 401, 403, 406, 429)
_JSON: Final = "application/json"


class Error(BaseModel):
    """An error. ``code`` is stable, for programs."""

    code: str = Field(examples=["illegal_action"])
    message: str
    details: dict[str, Any]


class RestSchema(AutoSchema):
    """Describes the views; lists are objects with ``results`` and ``next``, never bare arrays."""

    def get_tags(self) -> list[str]:
        """Return the tag of all operations."""
        return ["squid_mesh"]

    def _resolve_path_parameters(self, variables: Iterable[str]) -> list[Any]:
        return [
            build_parameter_type(
                name=name,
                schema={"type": "string", **({"format": "uuid"} if name == "run_id" else {"minLength": 1})},
                location=OpenApiParameter.PATH,
            )
            for name in variables
        ]

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False


def operation(
    name: str,
    summary: str,
    *,
    answers: Mapping[Any, Any],
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    headers: Iterable[OpenApiParameter] = (),
    errors: Iterable[int] = (),
    example: Mapping[str, Any] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> Callable[[_Method], _Method]:
    """Return a decorator that documents a method of a view. ``name`` is unique among all operations.

    ``example`` is a body.
    """
    failing = sorted({*_ALWAYS, *errors, *([411, 413, 415] if body else [])})
    decorate: Callable[[_Method], _Method] = extend_schema(
        operation_id=f"squid_mesh_{name}",
        summary=summary,
        description=summary,
        request={_JSON: body} if body is not None else None,
        parameters=[*(_list_parameters(query) if query else ()), *headers],
        responses={
            **answers,
            **{
                (status, _JSON): OpenApiResponse(Error, description=HTTPStatus(status).phrase)
                for status in failing
            },
        },
        examples=[OpenApiExample("A body", dict(example), request_only=True)] if example else [],
        extensions=dict(extensions or {}),
    )
    return lambda method: decorate(_with_schema(method))


def undocumented(method: _Method) -> _Method:
    """Leave a method of a view out of the schema."""
    left_out: _Method = extend_schema(exclude=True)(_with_schema(method))
    return left_out


def _with_schema(method: Any) -> Any:
    """Set the class that describes the method, because the project's default may be another one."""
    method.kwargs = {"schema": RestSchema}
    return method


def header(name: str, description: str) -> OpenApiParameter:
    """Return an optional header of requests."""
    return OpenApiParameter(name, {"type": "string"}, OpenApiParameter.HEADER, description=description)


def reply_header(name: str, description: str, statuses: Iterable[int]) -> OpenApiParameter:
    """Return a header of responses."""
    return OpenApiParameter(
        name,
        {"type": "string"},
        OpenApiParameter.HEADER,
        description=description,
        response=[str(status) for status in statuses],
    )


def _list_parameters(model: type[BaseModel]) -> Iterable[OpenApiParameter]:
    whole = model.model_json_schema()
    for name, schema in whole["properties"].items():
        value = _of_value(schema)
        reference = value.pop("$ref", "").rpartition("/")[2]
        shape = value | (whole["$defs"][reference] if reference else {})
        shape = {key: one for key, one in shape.items() if key not in ("title", "description")}
        yield OpenApiParameter(
            name,
            shape,
            OpenApiParameter.QUERY,
            description=schema.get("description", ""),
            explode=True if shape.get("type") == "array" else None,
        )


def _of_value(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter's value: a parameter without a value is left out of the query."""
    given = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(given) == 1:
        rest |= given[0]
    if rest.get("default", ...) is None:
        del rest["default"]
    return rest
