"""Halves of pairs that lie alone: an ``.img`` has no header, so nothing in it says what it is.

It may as well be the image of a disk or a raster of a map. It is taken for a half only where its folder has
the header of some pair: there the missing one was forgotten.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.findings import Finding, finding
from labelport.series.hashes import Hashes, hashes_of, is_among, union
from labelport.series.members import folder_of
from labelport.series.nifti.names import half_stem
from labelport.series.plain import Tables, plain_batches, plain_schema
from labelport.tables import MEDIA

STAGE = "series"
SHOWN = 20
"""Keys that a finding shows."""

_COLUMNS = ("key", "kind")
_WITHOUT_HEADER = ("unknown", "archive")
"""Kinds that voxels without a header have; compressed ones are an archive."""


def lone_halves(media: Tables, admits: Callable[[str], bool]) -> Iterator[Finding]:
    """Yield a finding for each folder with pairs where an ``.img`` has no ``.hdr``; ``admits``: the rule's ``where``."""
    kinds = plain_batches(media.batches("media", columns=["kind"]), plain_schema(MEDIA, ["kind"]))
    if not any(pc.any(pc.equal(batch["kind"], "nifti")).as_py() for batch in kinds):
        return
    stems, folders = _headers(media)
    if not len(folders):
        return
    found: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for rows in _named(media, "img"):
        keys = rows.filter(pc.is_in(rows["kind"], value_set=pa.array(_WITHOUT_HEADER)))["key"].to_pylist()
        alone = ~is_among(hashes_of(map(half_stem, keys)), stems) & is_among(hashes_of(map(folder_of, keys)), folders)
        for place in np.flatnonzero(alone):
            key = keys[place]
            if admits(key):
                counts[folder_of(key)] += 1
                first = found.setdefault(folder_of(key), [])
                first += [key] if len(first) < SHOWN else []
    for folder, first in found.items():
        count = counts[folder]
        words = f"Voxels without their header, in a folder that has headers of pairs: {count:,}."
        shown = ", ".join(first) + (f" … ({count:,} in all)" if count > len(first) else "")
        yield finding("nifti.half_pair", stage=STAGE, file=first[0], message=words, value=shown, count=count)


def _headers(media: Tables) -> tuple[Hashes, Hashes]:
    """Return the stems of all that is named as a header, and the folders of those of pairs, as sorted hashes."""
    stems: list[Hashes] = []
    folders: list[Hashes] = []
    for rows in _named(media, "hdr"):
        stems.append(hashes_of(map(half_stem, rows["key"].to_pylist())))
        pairs = rows.filter(pc.equal(rows["kind"], "nifti"))
        folders.append(np.unique(hashes_of(map(folder_of, pairs["key"].to_pylist()))))
    return union(stems), union(folders)


def _named(media: Tables, extension: str) -> Iterator[pa.RecordBatch]:
    """Yield what is named as one half of a pair."""
    for batch in plain_batches(media.batches("media", columns=_COLUMNS), plain_schema(MEDIA, _COLUMNS)):
        yield batch.filter(pc.match_substring_regex(batch["key"], rf"(?i)\.{extension}(\.gz)?$"))
