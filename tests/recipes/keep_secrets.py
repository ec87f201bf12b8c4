"""A call with a token that no page and no log shows."""

from __future__ import annotations

from pydantic import BaseModel, SecretStr

from squid_mesh import Workflow, step


def sign_in(token: SecretStr) -> dict[str, str]:
    if token.get_secret_value() != "open-sesame":
        raise PermissionError(f"The door refuses {token.get_secret_value()}.")
    return {"signed_in": "yes"}


class SignIn(Workflow):
    class Payload(BaseModel):
        token: SecretStr

    door = step(sign_in)
