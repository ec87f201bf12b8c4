"""What waits for the user."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.rest.base.paging import next_page
from squid_mesh.rest.base.parameters import PageQuery
from squid_mesh.rest.base.permissions import AUTHENTICATED, has_permission
from squid_mesh.rest.base.requests import read_query
from squid_mesh.rest.base.views import RestView, answer, find_url
from squid_mesh.rest.documentation.operations import operation
from squid_mesh.rest.values import Inbox, InboxItem


class InboxView(RestView):
    """The steps that wait for the user, the oldest first."""

    needs = {"GET": AUTHENTICATED}

    @operation(
        "list_inbox",
        "List the steps that wait for you, the oldest first. A short page may have a next one.",
        answers={200: Inbox},
        query=PageQuery,
    )
    def get(self, request: Request) -> Response:
        """Return a page."""
        query = read_query(PageQuery, request)
        page = api.list_waiting(user=request.user, limit=query.limit, after=query.after)
        items = [
            InboxItem(**dict(step), url=find_url(request, "actions", step.run_id)) for step in page.items
        ]
        return answer(
            Inbox(
                results=tuple(items),
                next=next_page(request, "after", page.next),
                examined=page.examined if has_permission(request.user, "view_run") else None,
                unreadable=page.unreadable,
            )
        )
