"""Addresses and selections as browsers send them: what can't be is refused before a database is asked."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from squid_mesh.definitions.values.texts import is_storable


class SoundList:
    """A mixin for model admins: filters that no row can have and rows that can't be are a bad request."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list. Raises BadRequest."""
        for values in request.GET.lists():
            if not is_storable(values[0], *values[1]):
                raise BadRequest(_("The address has a character in it that no filter can have."))
        for selected in request.POST.getlist(ACTION_CHECKBOX_NAME):
            self._check_key(selected)
        shown: Any = getattr(super(), "changelist_view")  # noqa: B009 - of the admin that this is mixed into
        response: HttpResponse = shown(request, extra_context)
        return response

    def _check_key(self, selected: str) -> None:
        own: Any = self
        try:
            own.model._meta.pk.to_python(selected)
        except ValidationError:
            raise BadRequest(_("The form was changed on its way.")) from None
