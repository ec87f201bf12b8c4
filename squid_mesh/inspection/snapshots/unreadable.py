"""The value that names a stored value which this version can't read, JSON-ready."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from squid_mesh.exceptions import describe_unreadable


class UnreadableValue(BaseModel):
    """A stored value that is damaged, or that a newer version wrote; an empty value is shown in its place.

    ``id`` is the primary key of its row as text; ``problem`` completes "can't be read: ...".
    """

    model_config = ConfigDict(frozen=True)

    table: str
    id: str
    column: str
    problem: str

    def __str__(self) -> str:
        return describe_unreadable(table=self.table, id=self.id, column=self.column, problem=self.problem)
