"""Filling the template: its rows in its order, with what we know of them, and side files for all the rest.

A series is written whole or not at all, and never renumbered: that would hide lost frames. ``partial: true``
writes what the template has of it, under the indices that it has here.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain

from labelport.manifests.beside import FORMULA_STARTS
from labelport.manifests.centaur.cells import SERIES_HEADER
from labelport.manifests.centaur.drafting import Headed, headed
from labelport.manifests.centaur.joining import Filled, Join, Tally
from labelport.manifests.centaur.outputs import SIDE_HEADERS, dicom_name, draft_name, filled_name, side_name
from labelport.manifests.centaur.rows import DICOM, SERIES
from labelport.manifests.contract import Sink

ABSENT = "not in the template"
INCOMPLETE = "other rows of its series are not in the template"
COUNTED = {SERIES: "rows", DICOM: "dicom rows"}


@dataclass
class Filling:
    """Writes what was joined; afterwards it tells what was written. Memory: one row."""

    join: Join
    sink: Sink
    base: str
    """Name of the manifest."""

    extra: Sequence[str]
    """Headings of the template's unknown columns."""

    whole: bool
    """Rows of the template that are of no series here are kept, with blanks; else the file holds rows of series alone."""

    counts: Counter[str] = field(default_factory=Counter)
    side: Counter[str] = field(default_factory=Counter)
    """Rows of the side files, by the end of their names."""

    absent: int = 0
    """Rows of ours that the template lacks, ambiguous ones apart."""

    emptied: int = 0
    """Rows of the template that are of a series there, and of none here."""

    tallies: dict[int, Tally] = field(default_factory=dict)
    """What the template has of each file."""

    def write(self, wrote: Callable[[str], None]) -> None:
        """Write all files; ``wrote`` is told each series that stands in one."""
        self.tallies = {file: self.join.tally(file) for file in (SERIES, DICOM)}
        with ExitStack() as stack:
            names = {SERIES: filled_name(self.base), DICOM: dicom_name(self.base)}
            header = (*SERIES_HEADER, *self.extra)
            outputs = {file: headed(stack, self.sink, names[file], header) for file in names if self._is_filled(file)}
            aside = self._side(stack, "only_in_template")
            for each in self.join.filled():
                self._row(each, outputs, aside)
        for file in self.drafts:
            self._draft(file)
        self._side_files()
        for file in self.tallies:
            for series in self.join.series_of(file, all_of_them=file in self.drafts):
                wrote(series)
                self.counts["series"] += 1

    @property
    def drafts(self) -> list[int]:
        """Return the files that are drafts: the template has no series of theirs that is whole."""
        return [file for file, tally in self.tallies.items() if tally.series and not tally.written]

    @property
    def judged(self) -> list[int]:
        """Return the files whose rows should be in the template; DICOM has its arrangement, and often is not."""
        return [file for file, tally in self.tallies.items() if file == SERIES or tally.matched]

    def _is_filled(self, file: int) -> bool:
        return self.tallies[file].written > 0

    def _row(self, each: Filled, outputs: dict[int, Headed], aside: Headed) -> None:
        extra = json.loads(each.extra)
        if each.written and each.file is not None and each.series is not None:
            cells = (each.content_id, each.origin, each.series, str(each.place), each.notes or "", *extra)
            outputs[each.file].write(cells)
            self.counts[COUNTED[each.file]] += 1
            return
        if not self.whole:
            return
        if SERIES in outputs:
            outputs[SERIES].write((each.content_id, each.origin, "", "", "", *extra))
            self.counts["rows of no series"] += 1
        self.emptied += bool(each.series_before.strip())
        if each.series is None and not each.ambiguous:
            self._aside("only_in_template", aside, (each.line, each.content_id, each.origin, each.series_before))

    def _draft(self, file: int) -> None:
        name = draft_name(self.base) if file == SERIES else dicom_name(self.base)
        with ExitStack() as stack:
            output = headed(stack, self.sink, name, SERIES_HEADER)
            for origin, series, place, notes in self.join.draft(file):
                output.write(("", origin, series, str(place), notes))
                self.counts[COUNTED[file]] += 1

    def _side_files(self) -> None:
        with ExitStack() as stack:
            output = self._side(stack, "only_in_ours")
            for origin, series, place, matched in chain.from_iterable(map(self.join.only_in_ours, self.judged)):
                self.absent += not matched
                self._aside("only_in_ours", output, (origin, series, place, INCOMPLETE if matched else ABSENT))
            output = self._side(stack, "ambiguous")
            ours = chain.from_iterable(map(self.join.ambiguous_in_ours, self.judged))
            for cells in chain(self.join.ambiguous_in_template(), ours):
                self._aside("ambiguous", output, cells)

    def _side(self, stack: ExitStack, which: str) -> Headed:
        return headed(stack, self.sink, side_name(self.base, which), SIDE_HEADERS[which])

    def _aside(self, which: str, output: Headed, cells: Iterable[object]) -> None:
        """Write a row of a side file; what a spreadsheet would run gets a quote mark in front."""
        texts = map(str, cells)
        output.write([f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in texts])
        self.side[which] += 1
