"""A picture, of which the run carries the name and not the bytes."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pydantic import BaseModel

from squid_mesh import StepContext, Workflow, step


def render(width: int, ctx: StepContext) -> dict[str, str]:
    name = f"{ctx.run_id}.pgm"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(b"P5 %d 1 255 " % width + bytes(width)))
    return {"picture": name}


def measure(picture: str) -> dict[str, int]:
    return {"size": default_storage.size(picture)}


class Picture(Workflow):
    class Payload(BaseModel):
        width: int

    draw = step(render)
    check = step(measure)

    flow = draw >> check
