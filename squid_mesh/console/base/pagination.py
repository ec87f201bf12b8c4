"""Pagination of long lists that doesn't count every row."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Paginator

if TYPE_CHECKING:
    Base = Paginator[Any]
else:
    Base = Paginator

#: A list counts and shows at most this many rows. Filters and the search reach older ones.
MAX_ROWS: Final = 10_000


class BoundedPaginator(Base):
    """A paginator that reads at most ``MAX_ROWS`` rows, so that its cost doesn't grow with the table."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MAX_ROWS + 1].count())

    @cached_property
    def count(self) -> int:
        """The number of rows in the pages."""
        return min(self._counted, MAX_ROWS)

    @property
    def truncated(self) -> bool:
        """Whether the table has more rows than the pages show."""
        return self._counted > MAX_ROWS
