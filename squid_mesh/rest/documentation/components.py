"""Components of the OpenAPI schema from pydantic models: the snapshots describe themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from pydantic import BaseModel

#: Begins the names of components, so that they differ from the project's.
_PREFIX = "SquidMesh"


class SnapshotExtension(OpenApiSerializerExtension):
    """Describes the package's own models. The project decides how its own models are described."""

    target_class = BaseModel
    match_subclasses = True
    priority = 1

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return (
            isinstance(target, type)
            and issubclass(target, BaseModel)
            and target.__module__.split(".")[0] == "squid_mesh"
        )

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        """Return the component's name."""
        return _PREFIX + str(self.target.__name__)

    def get_identity(self, auto_schema: Any, direction: Any) -> str:
        """Return what distinguishes models: the name, as for models inside others."""
        return _PREFIX + str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the model's JSON schema; models inside it become components of their own."""
        mode = "validation" if direction == "request" else "serialization"
        schema: dict[str, Any] = self.target.model_json_schema(
            mode=mode, ref_template=f"#/components/schemas/{_PREFIX}{{model}}"
        )
        for name, inner in schema.pop("$defs", {}).items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(
                    name=_PREFIX + name, type=ResolvedComponent.SCHEMA, object=_PREFIX + name, schema=inner
                )
            )
        return schema
