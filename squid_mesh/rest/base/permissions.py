"""Permissions of views: authenticated users with the permissions that the admin asks for."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from squid_mesh import authority
from squid_mesh.exceptions import NotPermitted
from squid_mesh.rest.base.errors import Refused

#: The permissions that a method needs, all of them. Of a tuple, one is enough.
Needs = tuple[str | tuple[str, ...], ...]

VIEW: Final[Needs] = ("view_run",)
#: As in the admin, a user who may change triggers may view them.
VIEW_TRIGGER: Final[Needs] = (("view_trigger", "change_trigger"),)
#: Any authenticated user. The view itself limits what the user sees and does.
AUTHENTICATED: Final[Needs] = ()


class HasPermissions(BasePermission):
    """Allows authenticated users who have the permissions in the view's ``needs``.

    They are users of the project's user model: the history has their primary keys. A method without an
    entry is one that the view doesn't have, which is another error.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return True. Raises NotAuthenticated without a user, Refused if a permission is missing."""
        user: Any = request.user
        if user is None or not user.is_authenticated or not getattr(user, "is_active", True):
            raise NotAuthenticated
        if not isinstance(user, (AbstractBaseUser, get_user_model())):
            kind = type(user).__name__
            raise Refused(NotPermitted(f"A {kind} isn't a user of this project.", type=kind))
        method = "GET" if request.method == "HEAD" else str(request.method)
        try:
            for codenames in view.needs.get(method, ()):
                require_permission(user, codenames)
        except NotPermitted as error:
            raise Refused(error) from None
        return True


def require_permission(user: Any, codenames: str | tuple[str, ...]) -> None:
    """Raise NotPermitted unless the user has the permission, or at least one of several."""
    several = (codenames,) if isinstance(codenames, str) else codenames
    denials = [authority.find_permission_denial(codename, user) for codename in several]
    if denials and denials[0] is not None and None not in denials:
        raise NotPermitted(
            f"{user} may not do this: {denials[0].reason}.", action=several[0], **denials[0].needs
        )


def has_permission(user: Any, codename: str) -> bool:
    """Return whether the user has that permission of this app."""
    return authority.find_permission_denial(codename, user) is None
