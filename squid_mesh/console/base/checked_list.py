"""Lists that answer "bad request" to filters and selections that no row can have."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from squid_mesh.definitions.values.texts import is_storable


class CheckedListMixin:
    """A mixin for model admins: it checks filters and selected rows before a database gets them."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list. Raises BadRequest for a text that no database stores and for a malformed key."""
        for name, values in request.GET.lists():
            if not is_storable(name, *values):
                raise BadRequest(_("The address contains a character that is not allowed in a filter."))
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            self._check_key(key)
        show_list: Any = getattr(super(), "changelist_view")  # noqa: B009 - the model admin's
        response: HttpResponse = show_list(request, extra_context)
        return response

    def _check_key(self, key: str) -> None:
        model_admin: Any = self
        try:
            model_admin.model._meta.pk.to_python(key)
        except ValidationError:
            raise BadRequest(_("The form was changed before it was sent. Reload the list.")) from None
