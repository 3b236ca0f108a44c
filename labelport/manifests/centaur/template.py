"""The template that a user downloads from the portal: Centaur's ids of the objects (specification 6.5)."""

import io
from collections.abc import Iterator
from typing import NamedTuple

from labelport.manifests.centaur.cells import SERIES_HEADER, unsafe_because
from labelport.manifests.centaur.csv_reading import CsvFault, CsvRows, header_of
from labelport.privacy import plain


class TemplateFault(ValueError):
    """The file is no template; ``code``, ``line``."""

    def __init__(self, code: str, line: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.line = line


class TemplateRow(NamedTuple):
    """One row, every cell as it stands there."""

    line: int
    """Line of the file on which the row starts."""

    content_id: str
    origin: str
    series: str
    """What the template says of the series; blank in one that was just downloaded."""

    extra: tuple[str, ...]
    """Cells of the columns that the page does not know, in their order."""

    fault: str | None = None
    """Why the row cannot be used."""

    @property
    def is_plain(self) -> bool:
        """Return whether the row's origin may stand in a row with a series (6.1)."""
        return bool(self.origin) and unsafe_because(self.origin) is None

    @property
    def is_odd(self) -> bool:
        """Return whether a cell of it needs quotes, or would be run by a spreadsheet."""
        return any(cell and unsafe_because(cell) for cell in (self.content_id, self.origin, *self.extra))


class Template:
    """The rows of a template, from its bytes. Can be iterated once.

    A byte order mark is tolerated, the header compared without case, columns found by name. ``extra``:
    headings of the unknown columns. Raises ``TemplateFault``, from the iteration too.
    """

    def __init__(self, body: bytes) -> None:
        self._rows = iter(CsvRows(io.BytesIO(body)))
        line, cells = self._next() or (1, [])
        names = header_of(cells)
        doubles = sorted({name for name in SERIES_HEADER if names.count(name) > 1})
        absent = [name for name in ("content_id", "origin") if name not in names]
        if absent or doubles:
            words = f"has no column {absent[0]}" if absent else f"has the column {doubles[0]} twice"
            raise TemplateFault("centaur.header", line, f"its header {words}: {plain(','.join(cells))}")
        self._width = len(names)
        self._places = {name: names.index(name) for name in SERIES_HEADER if name in names}
        self._extra = tuple(place for place, name in enumerate(names) if name not in SERIES_HEADER)
        self.extra = tuple(cells[place] for place in self._extra)

    def __iter__(self) -> Iterator[TemplateRow]:
        while (found := self._next()) is not None:
            line, cells = found
            if any(cell.strip() for cell in cells):
                yield self._row(line, cells)

    def _next(self) -> tuple[int, list[str]] | None:
        try:
            return next(self._rows, None)
        except CsvFault as fault:
            raise TemplateFault("manifest.unreadable", fault.line, str(fault)) from fault

    def _row(self, line: int, cells: list[str]) -> TemplateRow:
        if len(cells) != self._width:
            return TemplateRow(line, "", "", "", (), "another number of cells than the header")
        content_id, origin = cells[self._places["content_id"]], cells[self._places["origin"]]
        series = cells[self._places["series"]] if "series" in self._places else ""
        extra = tuple(cells[place] for place in self._extra)
        return TemplateRow(line, content_id, origin, series, extra, None if content_id.strip() else "no content_id")
