"""Checking Centaur's CSVs row by row: header, cells, and what the rows say together (specification 6)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from labelport.findings import Finding, Severity, finding
from labelport.manifests.centaur.cells import AUDIO_HEADER, FORMULA_STARTS, SERIES_HEADER, unsafe_because
from labelport.manifests.centaur.csv_reading import CsvFault, CsvRows, header_of
from labelport.manifests.centaur.options import CentaurOptions
from labelport.manifests.centaur.outputs import side_header
from labelport.manifests.centaur.together import Together
from labelport.manifests.collecting import Collected
from labelport.privacy import plain

MOST_FILE_BYTES = 1 << 30
MOST_DIGITS = 9
"""Digits of an index: more is no number of a frame."""

ORIGIN, SERIES, INDEX, NOTES = 1, 2, 3, 4
"""Places of the cells in a series CSV."""


def check_centaur(files: Sequence[Path], options: CentaurOptions) -> list[Finding]:
    """Return every violation of the files, its pointer ``line:column`` (of the cell), in their order.

    Memory is bounded at any size. ``options.partial``: indices may have gaps.
    """
    found: list[Finding] = []
    for path in files:
        try:
            check = _Check(path, options)
            check.run()
            found += check.collected.findings()
        except OSError as error:
            words = f"the file cannot be read: {error.strerror}"
            found.append(finding("manifest.unreadable", stage="check", file=str(path), message=words))
    return found


class _Check:
    """The check of one file."""

    def __init__(self, path: Path, options: CentaurOptions) -> None:
        self._path = path
        self._options = options
        self.collected = Collected(str(path))
        self._rows = 0
        self._without_id = 0

    def run(self) -> None:
        size = self._path.stat().st_size
        if size > MOST_FILE_BYTES:
            self.collected.say("manifest.unreadable", "1:1", f"it has {size:,} bytes, and was not read")
            return
        with self._path.open("rb") as file, Together() as together:
            rows = CsvRows(file)
            body = iter(rows)
            try:
                line, header = next(body, (1, []))
                if rows.has_bom:
                    self.collected.say("manifest.unreadable", "1:1", "the file starts with a byte order mark")
                self._of_header(line, header_of(header), body, together)
            except CsvFault as fault:
                self.collected.say("manifest.unreadable", f"{fault.line}:1", str(fault))

    def _of_header(
        self, line: int, header: tuple[str, ...], body: Iterator[tuple[int, list[str]]], together: Together
    ) -> None:
        """Check the rows below a header, as what it says that they are."""
        width = len(header)
        if header[: len(SERIES_HEADER)] == SERIES_HEADER:
            for number, cells in self._whole(body, width):
                self._series_row(number, cells, together)
            self._of_series(together)
        elif header[: len(AUDIO_HEADER)] == AUDIO_HEADER:
            for number, cells in self._whole(body, width):
                self._audio_row(number, cells, together)
            for number, first in together.doubles():
                words = f"the recording stands in line {first} already: a recording has one image"
                self.collected.say("centaur.audio_two_images", f"{number}:1", words)
        elif side_header(header):
            for _ in self._whole(body, width):
                pass
        else:
            words = f"the header is {plain(','.join(header))}: it must be {','.join(SERIES_HEADER)}"
            if sorted(header[: len(SERIES_HEADER)]) == sorted(SERIES_HEADER):
                words += ", in this order"
            self.collected.say("centaur.header", f"{line}:1", words)
            return
        if not self._rows:
            self.collected.say("manifest.empty", "1:1", "the file has no row")

    def _whole(self, body: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that have as many cells as the header; say so of others."""
        for number, cells in body:
            self._rows += 1
            if len(cells) == width:
                yield number, cells
            else:
                self.collected.say("centaur.row", f"{number}:1", f"{len(cells)} cells where the header has {width}")

    def _series_row(self, number: int, cells: list[str], together: Together) -> None:
        content_id, origin, series, index = cells[:NOTES]
        self._without_id += not content_id.strip()
        for place, cell in enumerate(cells):
            reason = unsafe_because(cell) if cell and place != NOTES else _unsafe_notes(cell)
            if reason:
                # What the portal wrote into the template goes back as it is, with quotes where it has them.
                theirs = place == 0 or place > NOTES or (place == ORIGIN and not series)
                severity: Severity | None = "warning" if theirs else None
                words = f"the cell {reason}"
                self.collected.say("manifest.csv_unsafe", f"{number}:{place + 1}", words, severity=severity)
        if not origin and (series or not content_id.strip()):
            self.collected.say("centaur.row", f"{number}:{ORIGIN + 1}", "the origin is empty")
        if not series and index:
            self.collected.say("centaur.row", f"{number}:{SERIES + 1}", "an index without a series")
        position: int | None = None
        if series:
            if index.isascii() and index.isdigit() and len(index) <= MOST_DIGITS:
                position = int(index)
            else:
                self.collected.say("centaur.row", f"{number}:{INDEX + 1}", "the index is no whole number from 0 on")
        together.add(number, origin, series, position)

    def _of_series(self, together: Together) -> None:
        for number, first, has_series in together.doubles_of_series():
            words = f"the origin stands in line {first} already"
            severity: Severity | None = None if has_series else "warning"
            self.collected.say("centaur.duplicate_origin", f"{number}:{ORIGIN + 1}", words, severity=severity)
        for number, position, before, line_before in together.steps():
            place = f"{number}:{INDEX + 1}"
            if before is None:
                # A row of the vendor's own page stands alone with index 5: an excerpt, which is no fault.
                words = f"the series starts at {position}"
                self.collected.say("centaur.series_index", place, words, severity="warning")
            elif before == position:
                words = f"the index {position} stands in line {line_before} already"
                self.collected.say("centaur.series_index", place, words)
            else:
                words = f"the index {before + 1} of this series is missing"
                gap: Severity | None = "warning" if self._options.partial else None
                self.collected.say("centaur.series_index", place, words, severity=gap)
        if self._without_id:
            words = f"{self._without_id} of {self._rows} rows have no content_id: the file cannot be uploaded as it is"
            code = "centaur.row" if self._without_id < self._rows else "centaur.no_template"
            self.collected.say(code, "1:1", words)

    def _audio_row(self, number: int, cells: list[str], together: Together) -> None:
        for place, name in enumerate(AUDIO_HEADER[:2]):
            reason = unsafe_because(cells[place])
            if not cells[place]:
                self.collected.say("centaur.row", f"{number}:{place + 1}", f"{name} is empty")
            elif reason:
                self.collected.say("manifest.csv_unsafe", f"{number}:{place + 1}", f"the cell {reason}")
        reason = _unsafe_notes(cells[2])
        if reason:
            self.collected.say("manifest.csv_unsafe", f"{number}:3", f"the cell {reason}")
        together.add(number, cells[0], "", None)


def _unsafe_notes(cell: str) -> str | None:
    return unsafe_because(cell) if cell.startswith(FORMULA_STARTS) or '"' in cell or "," in cell else None
