"""The people of the demonstration, and what each of them may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import Group, Permission, User
from expenses.models import Employee

FINANCE: Final = "Finance"
#: Enough to find a run, to understand it and to say something about it. Who decides is the workflow's to say:
#: an approval that names an assignee or a group asks for no permission besides.
LOOKS: Final = ("squid_mesh.view_run", "expenses.view_expense")
COMMENTS: Final = (*LOOKS, "squid_mesh.comment_run")
#: To hand in an expense is to start its run, and asks for nothing more.
REPORTS: Final = (*COMMENTS, "expenses.add_expense")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works at the desk; ``account`` where expenses are paid to them."""

    username: str
    name: str
    part: str
    permissions: tuple[str, ...] = COMMENTS
    group: str = ""
    account: str = ""


MAREN: Final = Person(username="maren", name="Maren Oduya", part="editor; approves her reporters' expenses")
TOMAS: Final = Person(username="tomas", name="Tomas Berg", part="finance", group=FINANCE)
LENA: Final = Person(username="lena", name="Lena Roy", part="finance", group=FINANCE)
PAT: Final = Person(username="pat", name="Pat Quill", part="clerk; may look, and no more", permissions=LOOKS)
IRIS: Final = Person(
    username="iris",
    name="Iris Vale",
    part="reporter; puts right what was sent back",
    permissions=REPORTS,
    account="FI2112345600000785",
)
JOEL: Final = Person(
    username="joel", name="Joel Hart", part="reporter", permissions=REPORTS, account="GB33BUKB20201555555555"
)
RUTA: Final = Person(
    username="ruta", name="Ruta Ozola", part="reporter", permissions=REPORTS, account="LV80BANK0000435195001"
)
ARBEN: Final = Person(
    username="arben", name="Arben Gashi", part="reporter", permissions=REPORTS, account="XK051212012345678906"
)
EVERYBODY: Final = (MAREN, TOMAS, LENA, IRIS, JOEL, RUTA, ARBEN, PAT)


def gather() -> dict[Person, User]:
    """Everybody's account, made if need be; nobody has a password unless they had one. Maren leads."""
    users = {person: _account(person) for person in EVERYBODY}
    for person, user in users.items():
        if person.account:
            Employee.objects.get_or_create(
                user=user, defaults={"manager": users[MAREN], "account": person.account}
            )
    return users


def _account(person: Person) -> User:
    first, last = person.name.split()
    user, new = User.objects.get_or_create(
        username=person.username,
        defaults={
            "first_name": first,
            "last_name": last,
            "email": f"{person.username}@newsdesk.example",
            "is_staff": True,
        },
    )
    if new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    for permission in person.permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    if person.group:
        user.groups.add(Group.objects.get_or_create(name=person.group)[0])
    return user
