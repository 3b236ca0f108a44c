"""The table of recordings and pictures that the options may name."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from labelport.findings import Finding
from labelport.series.audio_image.naming import Naming
from labelport.series.audio_image.options import PairTable
from labelport.series.contract import MediaRows
from labelport.series.table_findings import Problem, absent, table_findings, uneven_rows
from labelport.series.user_table import RowsByText
from labelport.series.user_table_reading import read_user_table
from labelport.tables import USABLE

if TYPE_CHECKING:
    from labelport.dataset import UserFile


class Pairs:
    """Which pictures the table names for a recording, and for a group of them."""

    def __init__(self, options: PairTable, file: "UserFile", naming: Naming) -> None:
        """Raise ``TableUnusable`` where the file is no table, or lacks one of its two columns."""
        self._table = read_user_table(file, columns=(options.recording, options.image))
        self._recording = self._table.require(options.recording)
        self._image = self._table.require(options.image)
        recordings = self._table.texts(self._recording)
        self._images = pa.array(self._table.texts(self._image), pa.string())
        self._recordings = pa.array(recordings, pa.string())
        groups = [None if key is None else naming.group_of(key) for key in recordings]
        self._by_group = RowsByText(pa.array(groups, pa.string()))

    def of_group(self, group_key: str) -> dict[str, list[str]]:
        """Return the pictures of each recording of a group that the table names, each once."""
        found: dict[str, dict[str, None]] = {}
        for row in self._by_group.rows(group_key):
            image = self._images[row].as_py()
            if image is not None:
                found.setdefault(self._recordings[row].as_py(), {}).setdefault(image)
        return {recording: list(images) for recording, images in found.items()}

    def said_of(self, group_key: str) -> bytes:
        """Return a digest of what the table says of a group; empty where it says nothing."""
        pairs = self.of_group(group_key)
        return hashlib.blake2b(msgspec.msgpack.encode(pairs), digest_size=8).digest() if pairs else b""

    def survey(self, media: MediaRows, recordings: frozenset[str]) -> Iterator[Finding]:
        """Yield what is wrong with the table; ``recordings``: kinds that may be one."""
        return table_findings(self._table, self._problems(media, recordings))

    def _problems(self, media: MediaRows, recordings: frozenset[str]) -> Iterator[Problem]:
        yield from uneven_rows(self._table, "table.row_length")
        columns = ((self._recording, self._recordings, recordings), (self._image, self._images, frozenset({"image"})))
        for column, keys, kinds in columns:
            faults = {found["key"]: _fault(found, kinds) for found in media(key for key in keys.to_pylist() if key)}
            for row, key in enumerate(keys.to_pylist()):
                if key is None:
                    yield Problem("table.cell_empty", f"The {column} is empty; the row was left out.", row, column)
                    continue
                fault = faults[key] if key in faults else ("table.key_absent", f"{absent(key)}.")
                if fault is not None:
                    yield Problem(*fault, row, column)


def _fault(found: Mapping[str, Any], kinds: frozenset[str]) -> tuple[str, str] | None:
    """Return code and words of what keeps an object from being one of these kinds."""
    if found["status"] not in USABLE:
        return "table.not_usable", f"The object's status is {found['status']}."
    if found["kind"] not in kinds:
        return "table.bad_value", f"The object is of the kind {found['kind']}."
    if found["kind"] == "video" and found["channels"] is None:
        return "table.bad_value", "The clip has no sound."
    return None
