"""Writing drafts: rows as they come, content_id empty; and the audio CSV, which has no ids."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from labelport.manifests.centaur.cells import AUDIO_HEADER, SERIES_HEADER, row
from labelport.manifests.centaur.outputs import audio_name, dicom_name, draft_name
from labelport.manifests.centaur.rows import DICOM, SERIES, OurRow
from labelport.manifests.contract import Sink
from labelport.manifests.sink import LazyOutput, lazily


class Headed:
    """An output that begins with a header, and comes into being with its first row."""

    def __init__(self, output: LazyOutput, header: Sequence[str]) -> None:
        self._output = output
        self._header = header

    def write(self, cells: Sequence[str]) -> None:
        """Append one row."""
        if self._output.offset == 0:
            self._output.write(row(self._header))
        self._output.write(row(cells))


def headed(stack: ExitStack, sink: Sink, name: str, header: Sequence[str]) -> Headed:
    """Return an output of the sink, closed with the stack."""
    return Headed(stack.enter_context(lazily(sink, name)), header)


class Recordings:
    """Writes the audio CSV."""

    def __init__(self, stack: ExitStack, sink: Sink, base: str, wrote: Callable[[str], None]) -> None:
        self._output = headed(stack, sink, audio_name(base), AUDIO_HEADER)
        self._wrote = wrote
        self.count = 0

    def write(self, series_id: str, cells: Sequence[str]) -> None:
        """Write one recording."""
        self._output.write(cells)
        self._wrote(series_id)
        self.count += 1


class Drafts:
    """Writes series as they come."""

    def __init__(self, stack: ExitStack, sink: Sink, base: str, wrote: Callable[[str], None]) -> None:
        names = {SERIES: draft_name(base), DICOM: dicom_name(base)}
        self._outputs = {file: headed(stack, sink, name, SERIES_HEADER) for file, name in names.items()}
        self._recordings = Recordings(stack, sink, base, wrote)
        self._wrote = wrote
        self.counts: Counter[str] = Counter()

    def series(self, file: int, series_id: str, rows: Sequence[OurRow]) -> None:
        """Write the rows of a series."""
        for each in rows:
            self._outputs[file].write(("", each.origin, series_id, str(each.place), each.notes))
        self._wrote(series_id)
        self.counts["series"] += 1
        self.counts["rows" if file == SERIES else "dicom rows"] += len(rows)

    def recording(self, series_id: str, cells: Sequence[str]) -> None:
        """Write a row of the audio CSV."""
        self._recordings.write(series_id, cells)
        self.counts["series"] += 1
        self.counts["audio rows"] += 1
