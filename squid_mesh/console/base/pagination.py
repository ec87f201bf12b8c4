"""Pages of long lists, without counting all of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Paginator

if TYPE_CHECKING:
    Base = Paginator[Any]
else:
    Base = Paginator

#: So many rows are counted and paged through. What is older is reached by filters.
MOST: Final = 10_000


class BoundedPaginator(Base):
    """A paginator that looks no further than ``MOST`` rows: its cost doesn't grow with the table."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        """How many rows there are to page through."""
        return min(self._counted, MOST)

    @property
    def bounded(self) -> bool:
        """Whether there are more."""
        return self._counted > MOST
