"""Entries with their context images, in the order of CVAT's task: two sorted streams are merged, and sorted anew."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.cvat.surveying import related_of
from labelport.manifests.ordering import SortedRows

ROWS_IN_MEMORY = 100_000
"""Entries that wait in memory; others are on disk."""

Row = list[Any]
"""Values of ``gathering.Entry``, and what was appended."""


@dataclass(frozen=True)
class WithContexts:
    """Rows with the list of their context images appended. Can be iterated again."""

    rows: Iterable[Row]
    """In the order of ``main``."""

    pairs: SortedRows
    """[main, context image]."""

    main: Callable[[Row], str]
    """What a row is called in the pairs."""

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; context images of no row are passed over."""
        related = related_of(self.pairs)
        owner, images = next(related, (None, []))
        for row in self.rows:
            main = self.main(row)
            while owner is not None and owner < main:
                owner, images = next(related, (None, []))
            yield [*row, images if owner == main else []]


def order(options: CvatOptions) -> Callable[[Row], Any]:
    """Return the sort key of an entry: must equal the sorting of CVAT's task."""
    if options.sorting == "predefined":
        return lambda row: row[1]
    if options.sorting == "natural":
        from natsort import os_sort_keygen  # noqa: PLC0415  -- only here, and slow to import

        natural = os_sort_keygen()
        return lambda row: (natural(row[0]), row[0])
    return lambda row: row[0]


@contextmanager
def arranged(rows: Iterable[Row], options: CvatOptions, *, by_path: bool) -> Iterator[Iterable[Row]]:
    """Give the rows in the order of the task; ``by_path``: they are in that of their paths already."""
    if by_path and options.sorting == "lexicographical":
        yield rows
        return
    with SortedRows(order(options), run_rows=ROWS_IN_MEMORY) as in_order:
        for row in rows:
            in_order.add(row)
        yield in_order
