"""The ways in which a type or a value can carry a secret, each with a workflow that carries it everywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, Required, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    SerializeAsAny,
    computed_field,
    create_model,
    field_serializer,
    field_validator,
    model_serializer,
)
from pydantic_core import core_schema
from typing_extensions import TypeAliasType, TypedDict

from squid_mesh import Defer, Outcome, StepFailed, Workflow, approval, complete, log, step

SECRET = "s3cr3t/of-the-reef"
T = TypeVar("T")


class Creds(BaseModel):
    token: SecretStr
    plain: str = "open"


class Node(BaseModel):
    child: Node | None = None
    children: list[Node] = []
    token: SecretStr | None = None


class Left(BaseModel):
    right: Right | None = None


class Right(BaseModel):
    left: Left | None = None
    token: SecretStr | None = None


class Typed(TypedDict, total=False):
    required: Required[SecretStr]
    optional: NotRequired[SecretStr | None]
    raw: NotRequired[SecretBytes]
    more: NotRequired[Typed]


@dataclass
class Record(Generic[T]):
    item: T
    plain: str = "open"


@dataclass(slots=True)
class Slotted:
    token: SecretStr
    marked: Annotated[str, Field(json_schema_extra={"sensitive": True})] = SECRET


class Pair(NamedTuple):
    user: str
    password: SecretStr


class GenericModel(BaseModel, Generic[T]):
    item: T
    items: list[T] = []


class Root(RootModel[dict[str, SecretStr]]):
    pass


class Marked(BaseModel):
    word: str = Field(default="", json_schema_extra={"sensitive": True})


class Serialized(BaseModel):
    token: SecretStr

    @field_serializer("token")
    def show(self, token: SecretStr) -> str:
        return token.get_secret_value()


class SerializedJson(BaseModel):
    token: SecretStr

    @field_serializer("token", when_used="json")
    def show(self, token: SecretStr) -> str:
        return f"Bearer {token.get_secret_value()}"


class Reshaped(BaseModel):
    token: SecretStr

    @model_serializer
    def reshape(self) -> dict[str, Any]:
        return {"header": {"value": f"Bearer {self.token.get_secret_value()}"}}


class Computed(BaseModel):
    token: SecretStr

    @computed_field  # type: ignore[prop-decorator]
    @property
    def header(self) -> str:
        return f"Bearer {self.token.get_secret_value()}"


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")


class Private(BaseModel):
    name: str = "private"
    _token: SecretStr = PrivateAttr(default=SecretStr(SECRET))

    @field_serializer("name")
    def show(self, name: str) -> str:
        return self._token.get_secret_value()


class Validated(BaseModel):
    token: Annotated[Any, BeforeValidator(lambda value: value), AfterValidator(lambda value: value)]

    @field_validator("token")
    @classmethod
    def wrap(cls, value: Any) -> Any:
        return SecretStr(value) if isinstance(value, str) else value


class Defaulted(BaseModel):
    token: SecretStr = SecretStr(SECRET)
    nested: Creds = Creds(token=SecretStr(SECRET))


class Base(BaseModel):
    kind: str = "base"


class Derived(Base):
    token: SecretStr = SecretStr(SECRET)


class Holder(BaseModel):
    base: SerializeAsAny[Base]


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    token: SecretStr


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    token: SecretStr = Field(alias="apiSecretWord")


class Foreign:
    """Known to pydantic by its own schema alone."""

    def __init__(self, token: SecretStr) -> None:
        self.token = token

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls(SecretStr(str(value))),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: value.token.get_secret_value()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        return {"type": "string", "sensitive": True}


Nested = TypeAliasType("Nested", "SecretStr | dict[str, Nested]")
UserToken = NewType("UserToken", SecretStr)
S = SecretStr(SECRET)

#: By name: a type, and a function that returns a value of it with the secret.
CARRIERS: Mapping[str, tuple[Any, Callable[[], Any]]] = {
    "text": (SecretStr, lambda: S),
    "optional": (SecretStr | None, lambda: S),
    "binary": (SecretBytes, lambda: SecretBytes(SECRET.encode())),
    "secret_text": (Secret[str], lambda: Secret[str](SECRET)),
    "secret_dict": (Secret[dict[str, str]], lambda: Secret[dict[str, str]]({"a": SECRET})),
    "annotated": (Annotated[SecretStr, Field(min_length=1)], lambda: S),
    "new_type": (UserToken, lambda: UserToken(S)),
    "model": (Creds, lambda: Creds(token=S)),
    "recursive": (Node, lambda: Node(child=Node(children=[Node(), Node(child=Node(token=S))]))),
    "mutual": (Left, lambda: Left(right=Right(left=Left(right=Right(left=Left(right=Right(token=S))))))),
    "typed_dict": (
        Typed,
        lambda: Typed(required=S, optional=S, more={"required": S, "raw": SecretBytes(SECRET.encode())}),
    ),
    "dataclass": (Record[SecretStr], lambda: Record(S)),
    "slotted": (Slotted, lambda: Slotted(S)),
    "named_tuple": (Pair, lambda: Pair("ada", S)),
    "generic": (GenericModel[SecretStr], lambda: GenericModel[SecretStr](item=S, items=[S])),
    "root": (Root, lambda: Root({"a": S})),
    "marked": (Marked, lambda: Marked(word=SECRET)),
    "serialized": (Serialized, lambda: Serialized(token=S)),
    "serialized_json": (SerializedJson, lambda: SerializedJson(token=S)),
    "reshaped": (Reshaped, lambda: Reshaped(token=S)),
    "computed": (Computed, lambda: Computed(token=S)),
    "extra": (Extra, lambda: Extra(token_like=S, deep={"a": [S]})),
    "private": (Private, Private),
    "validated": (Validated, lambda: Validated(token=SECRET)),
    "defaulted": (Defaulted, Defaulted),
    "derived": (Holder, lambda: Holder(base=Derived())),
    "discriminated": (Annotated[Cat | Dog, Field(discriminator="kind")], lambda: Cat(token=S)),
    "union": (int | Creds | list[Creds], lambda: [Creds(token=S)]),
    "aliased": (Aliased, lambda: Aliased(token=S)),
    "alias_type": (Nested, lambda: {"a": {"b": S}}),
    "list": (list[SecretStr], lambda: [S]),
    "tuple": (tuple[str, SecretStr], lambda: ("ada", S)),
    "set": (set[SecretStr], lambda: {S}),
    "dict_values": (dict[str, SecretStr], lambda: {"a.b": S}),
    "dict_keys": (dict[SecretStr, int], lambda: {S: 1}),
    "foreign": (Foreign, lambda: Foreign(S)),
    "anything": (Any, lambda: {"deep": [{"a": S}, (Creds(token=S), Record(S))]}),
}
#: Values whose JSON isn't valid input for their own type.
NOT_INPUT = ("reshaped", "derived", "foreign")


@dataclass
class Story:
    """A workflow that carries one secret, its payload and the answer to its form."""

    workflow: type[Workflow]
    payload: Mapping[str, Any]
    answer: Mapping[str, Any]


def _add_function(name: str, run: Callable[..., Any], **annotations: Any) -> Callable[..., Any]:
    """Give a step's function a name that workers can import, and its annotations."""
    run.__name__ = run.__qualname__ = name
    run.__module__ = __name__
    run.__annotations__ = annotations
    setattr(sys.modules[__name__], name, run)
    return run


def _make_story(name: str, kind: Any, build: Callable[[], Any]) -> Story:
    def returns() -> Any:
        return build()

    def loose() -> Any:
        return {"held": S if name == "foreign" else build()}  # an object alone has no JSON form

    def labelled() -> Any:
        return Outcome("go", {"named": S if name == "foreign" else build()})

    def copy(declared, untyped, typed, held, named):  # type: ignore[no-untyped-def]
        return {"again": [declared, untyped, typed, held, named], "header": f"Bearer {SECRET}"}

    def takes(declared, ctx=None):  # type: ignore[no-untyped-def]
        return {"count": 1}

    def waits(typed):  # type: ignore[no-untyped-def]
        raise Defer(f"not yet: {SECRET}", seconds=3600)

    def fails(typed):  # type: ignore[no-untyped-def]
        raise StepFailed(f"refused {SECRET}", given=typed, own=build())

    optional: Any = Any if kind is Any else kind | None
    form = create_model(f"Form_{name}", __module__=__name__, answer=(optional, None))
    setattr(sys.modules[__name__], form.__name__, form)
    payload = create_model(
        f"Payload_{name}",
        __module__=__name__,
        declared=(optional, None),
        untyped=(Any, None),
        defaulted=(optional, build()),
    )
    body: dict[str, Any] = {
        "__module__": __name__,
        "Payload": payload,
        "returns": step(_add_function(f"returns_{name}", returns, **{"return": kind}), output="typed"),
        "loose": step(_add_function(f"loose_{name}", loose, **{"return": dict[str, Any]})),
        "labelled": step(_add_function(f"labelled_{name}", labelled, **{"return": Outcome})),
        "copy": step(
            _add_function(
                f"copy_{name}",
                copy,
                declared=Any,
                untyped=Any,
                typed=Any,
                held=Any,
                named=Any,
                **{"return": dict[str, Any]},
            )
        ),
        "takes": step(_add_function(f"takes_{name}", takes, declared=optional, **{"return": dict[str, int]})),
        "says": log("{held} and {named} and {again} and {header}"),
        "waits": step(_add_function(f"waits_{name}", waits, typed=Any)),
        "fails": step(_add_function(f"fails_{name}", fails, typed=Any)),
        "review": approval("Fine?", form=form, output="review"),
        "late": approval("Still fine?", form=form, output="late"),
    }
    flow = body["returns"] >> body["loose"] >> body["labelled"].on("go") >> body["copy"] >> body["takes"]
    body["flow"] = [
        flow >> body["says"] >> body["review"] >> body["late"],
        body["says"] >> body["waits"],
        body["says"] >> body["fails"] >> complete,
        body["fails"].on_error() >> complete,
        body["review"].on("rejected") >> complete,
        body["late"].on("rejected") >> complete,
        body["late"] >> complete,
    ]
    given = {} if name in NOT_INPUT else {"declared": build(), "untyped": build()}
    answer = {} if name in NOT_INPUT else {"answer": build()}
    return Story(type(f"Carries_{name}", (Workflow,), body), given, answer)


STORIES: dict[str, Story] = {name: _make_story(name, *made) for name, made in CARRIERS.items()}
