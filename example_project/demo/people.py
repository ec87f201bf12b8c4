"""The people of the demonstration and their permissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import Group, Permission, User
from expenses.models import Employee

FINANCE: Final = "Finance"
#: Permissions to read runs, to comment on them, and to submit an expense. An approval with an assignee or a
#: group needs no permission besides.
VIEWER: Final = ("squid_mesh.view_run", "expenses.view_expense")
COMMENTER: Final = (*VIEWER, "squid_mesh.comment_run")
SUBMITTER: Final = (*COMMENTER, "expenses.add_expense")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person of the news desk. ``account`` is the bank account of those who submit expenses."""

    username: str
    name: str
    role: str
    permissions: tuple[str, ...] = COMMENTER
    group: str = ""
    account: str = ""


MAREN: Final = Person(username="maren", name="Maren Oduya", role="editor; approves her reporters' expenses")
TOMAS: Final = Person(username="tomas", name="Tomas Berg", role="finance", group=FINANCE)
LENA: Final = Person(username="lena", name="Lena Roy", role="finance", group=FINANCE)
PAT: Final = Person(username="pat", name="Pat Quill", role="clerk; may only view", permissions=VIEWER)
IRIS: Final = Person(
    username="iris",
    name="Iris Vale",
    role="reporter; corrects an expense that was sent back",
    permissions=SUBMITTER,
    account="FI2112345600000785",
)
JOEL: Final = Person(
    username="joel",
    name="Joel Hart",
    role="reporter",
    permissions=SUBMITTER,
    account="GB33BUKB20201555555555",
)
RUTA: Final = Person(
    username="ruta",
    name="Ruta Ozola",
    role="reporter",
    permissions=SUBMITTER,
    account="LV80BANK0000435195001",
)
ARBEN: Final = Person(
    username="arben",
    name="Arben Gashi",
    role="reporter",
    permissions=SUBMITTER,
    account="XK051212012345678906",
)
PEOPLE: Final = (MAREN, TOMAS, LENA, IRIS, JOEL, RUTA, ARBEN, PAT)


def create_users() -> dict[Person, User]:
    """Return everyone's user, created without a password if missing. Maren manages the reporters."""
    users = {person: _create_user(person) for person in PEOPLE}
    for person, user in users.items():
        if person.account:
            Employee.objects.get_or_create(
                user=user, defaults={"manager": users[MAREN], "account": person.account}
            )
    return users


def _create_user(person: Person) -> User:
    first, last = person.name.split()
    user, created = User.objects.get_or_create(
        username=person.username,
        defaults={
            "first_name": first,
            "last_name": last,
            "email": f"{person.username}@newsdesk.example",
            "is_staff": True,
        },
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    for permission in person.permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    if person.group:
        user.groups.add(Group.objects.get_or_create(name=person.group)[0])
    return user
