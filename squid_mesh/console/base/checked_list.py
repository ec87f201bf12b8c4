"""Lists that have only their own filters, and answer "bad request" to selections that no row can have."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import (
    ALL_VAR,
    ERROR_FLAG,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
)
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from squid_mesh.definitions.values.texts import is_storable

_LONGEST: Final = 200
_FACETS: Final = "_facets"  # django-stubs has no name for it
#: What Django's own list reads from the address, besides filters.
_OF_DJANGO: Final = frozenset(
    {ALL_VAR, ERROR_FLAG, _FACETS, IS_POPUP_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR, TO_FIELD_VAR}
)


class CheckedListMixin:
    """A mixin for model admins: it checks filters and selected rows before a database gets them.

    A list has the filters that it shows, and no others: Django would pass any lookup of the address to the
    database, and answer with an error to most of them.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Return whether it is one of the list's filters."""
        return lookup in self._list_filters()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; without filters that it doesn't have, which a message names.

        Raises BadRequest for a text that no database stores and for a malformed key.
        """
        for name, values in request.GET.lists():
            if not is_storable(name, *values):
                raise BadRequest(_("The address contains a character that is not allowed in a filter."))
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            self._check_key(key)
        dropped = sorted(set(request.GET) - self._list_filters() - _OF_DJANGO)
        if dropped and request.method == "GET":
            text = _("This list has no filter %(names)s; it was ignored.")
            messages.warning(request, text % {"names": ", ".join(dropped)[:_LONGEST]})
            kept = request.GET.copy()
            for name in dropped:
                del kept[name]
            return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}")
        show_list: Any = getattr(super(), "changelist_view")  # noqa: B009 - the model admin's
        response: HttpResponse = show_list(request, extra_context)
        return response

    def _list_filters(self) -> set[str]:
        """Return the names of the parameters that filter the list."""
        model_admin: Any = self
        found: set[str] = set()
        for one in model_admin.list_filter:
            if isinstance(one, tuple | str):
                field = one if isinstance(one, str) else one[0]
                found |= {f"{field}{end}" for end in ("", "__exact", "__isnull")}
            else:
                found.add(one.parameter_name)
        return found

    def _check_key(self, key: str) -> None:
        model_admin: Any = self
        try:
            model_admin.model._meta.pk.to_python(key)
        except ValidationError:
            raise BadRequest(_("The form was changed before it was sent. Reload the list.")) from None
