"""A workflow whose payload has a field of every kind, with hostile texts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic.errors import PydanticInvalidForJsonSchema

from squid_mesh import Workflow, manual, step
from tests.host import steps


class Undescribed:
    """Makes a field one that pydantic can read but not describe."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        raise PydanticInvalidForJsonSchema("no words for it")


class Asks(Workflow):
    """Asks for <b>everything</b>."""

    class Payload(BaseModel):
        customer: str = Field(title="Customer <i>", description="<script>alert(1)</script>")
        amount: Decimal = Field(ge=0, le=50)
        speed: Literal["slow", "fast"] = "slow"
        lines: list[int] = []
        token: SecretStr = SecretStr("none")

    class Bare(BaseModel):
        pass

    class Odd(BaseModel):
        number: Annotated[int, Undescribed()]

    by_form = manual()
    by_odd = manual(payload=Odd)
    by_nothing = manual(payload=Bare)
    only = step(steps.act)
