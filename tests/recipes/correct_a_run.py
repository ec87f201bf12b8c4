"""An import that fails half-way."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Workflow, step

#: The content of each file, by its path.
FILES: dict[str, str] = {}


def read_file(path: str) -> dict[str, str]:
    return {"content": FILES[path]}


def count_rows(content: str) -> dict[str, int]:
    return {"rows": int(content)}


def announce(rows: int = 0) -> dict[str, str]:
    return {"announced": f"{rows} rows"}


class Import(Workflow):
    class Payload(BaseModel):
        path: str

    read = step(read_file)
    count = step(count_rows)
    publish = step(announce)

    flow = read >> count >> publish
