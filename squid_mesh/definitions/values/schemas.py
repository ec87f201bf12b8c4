"""The JSON schema of a model, with what forms need and the standard leaves out."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

#: Beside ``"format": "date-time"``: ``naive`` if the time has no timezone.
TIMEZONE: Final = "x-timezone"


class _Generator(GenerateJsonSchema):
    def datetime_schema(self, schema: Any) -> JsonSchemaValue:
        found = super().datetime_schema(schema)
        return {**found, TIMEZONE: "naive"} if schema.get("tz_constraint") == "naive" else found


def make_json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of the model's input. Raises PydanticUserError if a type has none."""
    return model.model_json_schema(schema_generator=_Generator)
