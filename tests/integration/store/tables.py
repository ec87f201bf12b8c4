"""All rows of all tables of the app, as JSON that is the same on every database and in every run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model

from squid_mesh.models import RunTag
from squid_mesh.store.clock import database_time

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: A time is written in these units from the start, so that a scenario may take less than half of one.
_UNIT = 30


class Tables:
    """Normalises ids (by their order), times (by their distance from the start) and users (by their name)."""

    def __init__(self) -> None:
        self._start = database_time("default")
        self._ids: dict[str, str] = {}

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """Every table that has rows; each row without its automatic key."""
        found = {model._meta.object_name or "": self._rows(model) for model in _models()}
        return {name: rows for name, rows in found.items() if rows}

    def _rows(self, model: type[Model]) -> list[dict[str, Any]]:
        rows = []
        for row in model._base_manager.order_by("pk"):
            values = {}
            for field in model._meta.local_concrete_fields:
                if field.name == "id" and model._meta.object_name != "Run":
                    continue
                if field.name == "step" and field.is_relation:
                    values["step"] = f"{row.step.name} {row.step.visit}"  # type: ignore[attr-defined]
                elif field.name == "actor_key":
                    key = row.actor_key  # type: ignore[attr-defined]
                    values["actor_key"] = f"key of {get_user_model().objects.get(pk=key)}" if key else ""
                else:
                    values[field.name] = self.normalise(getattr(row, field.attname))
            rows.append(values)
        return sorted(rows, key=lambda row: str(row["tag"])) if model is RunTag else rows

    def normalise(self, value: Any) -> Any:
        """The value as JSON."""
        match value:
            case datetime():
                return f"{_UNIT * round((value - self._start).total_seconds() / _UNIT):+d} s"
            case UUID():
                return self._id(str(value))
            case Enum():
                return value.value
            case str():
                return _UUID.sub(lambda match: self._id(match[0]), value)
            case Mapping():
                return {str(key): self.normalise(item) for key, item in value.items()}
            case Sequence():
                return [self.normalise(item) for item in value]
            case _ if is_dataclass(value):
                names = [field.name for field in fields(value) if field.name != "step_id"]
                return {name: self.normalise(getattr(value, name)) for name in names}
        return value

    def _id(self, text: str) -> str:
        return self._ids.setdefault(text, f"id {len(self._ids) + 1}")


def _models() -> list[type[Model]]:
    return [model for model in apps.get_app_config("squid_mesh").get_models() if not model._meta.proxy]
