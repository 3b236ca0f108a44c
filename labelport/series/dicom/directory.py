"""DICOMDIR as a cross-check: what it names and is not there, and what is there and no DICOMDIR names.

Keys below a folder stand next to each other in key order, so one pass over media meets the DICOMDIRs of
one folder after another, nested ones on a stack: memory is what the DICOMDIRs above one key name.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.findings import Finding, finding
from labelport.probing.dicom.directory import BAD_FILE_ID, PARTIAL
from labelport.series.hashes import Hashes, Mask, hashes_of
from labelport.series.members import folder_of
from labelport.series.plain import Tables, plain_batches, plain_schema, plain_table
from labelport.series.where import Admission
from labelport.tables import MEDIA

STAGE = "series"
SHOWN = 20
"""Names that a finding shows."""

BLOCK_BYTES = 32 << 20
BLOCK_FILES = 256
"""DICOMDIRs that are looked up at once: each lookup opens the shards that they lie in."""

LARGEST = 8 << 20
"""Bytes that are read of a DICOMDIR, however large it is."""

_WORDS = ("kind", "status")
_LISTED = ("key", "kind", "format", "status", "size")
_COMPARED = ("key", "kind", "status")
_READ = ("key", "dicom", "flags")


def directory_findings(media: Tables, admitted: Admission) -> Iterator[Finding]:
    """Yield what the DICOMDIRs name in vain, and which DICOM objects below them none names, folder by folder.

    Names are relative to the folder of the DICOMDIR (PS3.10 8.2: of the file set). One of an object is there
    where a key is the same; or else without regard to case, to a version number (``;1``) and to a ``.`` at
    its end, as ISO 9660 and copies of discs have them. The nearest DICOMDIR above an object should name it.
    """
    listed = _listed(media, admitted)
    if not listed:
        return
    for folder in _walked(_keys(media), _folders(media, listed)):
        yield from _findings(folder)


def loose_name(key: str) -> str:
    """Return a key in lower case, without a version number or a ``.`` at its end.

    >>> loose_name("CD/DICOM/IM000001.;1")
    'cd/dicom/im000001'
    """
    name, _, version = key.rpartition(";")
    if name and version.isdecimal():
        key = name
    return key.removesuffix(".").lower()


class _Directory:
    """One DICOMDIR, and which of its names were met."""

    def __init__(self, key: str, names: pa.Array, flags: frozenset[str]) -> None:
        self.key = key
        self.flags = flags
        self.loosely = 0
        self._names = names
        keys = [folder_of(key) + name for name in names.to_pylist()]
        exact = hashes_of(keys)
        self._order = np.argsort(exact)
        self._exact = exact[self._order]
        loose = hashes_of(map(loose_name, keys))[self._order]
        self._by_loose = np.argsort(loose)
        self._loose = loose[self._by_loose]
        self._met = np.zeros(len(exact), bool)

    def meet(self, exact: Hashes, loose: Hashes) -> Mask:
        """Return which of some objects, in key order, it names; one name stands for one object.

        A File ID has capitals only, so of the keys that are one but for case the equal one comes first.
        """
        places, named = _found(self._exact, exact)
        self._met[places[named]] = True
        others, alike = _found(self._loose, loose)
        candidates = np.flatnonzero(alike & ~named)
        wanted = self._by_loose[others[candidates]]
        free = ~self._met[wanted]
        wanted, first = np.unique(wanted[free], return_index=True)
        self._met[wanted] = True
        self.loosely += len(wanted)
        named[candidates[free][first]] = True
        return named

    @property
    def count(self) -> int:
        """Return how many files it names."""
        return len(self._names)

    def missing(self) -> pa.Array:
        """Return the names that were not met."""
        return self._names.take(pa.array(self._order[~self._met]))


@dataclass
class _Folder:
    """A folder with DICOMDIRs."""

    name: str
    directories: list[_Directory]
    extra: int = 0
    """DICOM objects below it, and below no nearer DICOMDIR, that none of them names."""

    first_extra: list[str] = field(default_factory=list)

    @property
    def end(self) -> str | None:
        """Return the least text behind all keys below it; null for the whole bucket."""
        return self.name[:-1] + chr(ord("/") + 1) if self.name else None


def _found(known: Hashes, hashes: Hashes) -> tuple[np.ndarray, Mask]:
    """Return where some hashes are among sorted ones, and which are there at all."""
    if not len(known):
        return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), bool)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return places, np.equal(known[places], hashes)


def _listed(media: Tables, admitted: Admission) -> list[tuple[str, str, int]]:
    """Return folder, key and size of what may be a DICOMDIR, by folder."""
    found: list[tuple[str, str, int]] = []
    words = plain_batches(media.batches("media", columns=_WORDS), plain_schema(MEDIA, _WORDS))
    if not any(pc.any(_is_index(batch)).as_py() for batch in words):
        return found
    for batch in plain_batches(media.batches("media", columns=_LISTED), plain_schema(MEDIA, _LISTED)):
        some = batch.filter(_is_index(batch))
        if not some.num_rows:
            continue
        mask = admitted.mask(some)
        some = some if mask is None else some.filter(mask)
        keys = some["key"].to_pylist()
        found += zip(map(folder_of, keys), keys, some["size"].to_pylist(), strict=True)
    return sorted(found)


def _is_index(media: pa.RecordBatch) -> pa.Array:
    """Return which rows may be of a DICOMDIR: DICOM, and no media."""
    is_index = pc.and_(pc.equal(media["kind"], "dicom"), pc.equal(media["status"], "not_media"))
    return pc.fill_null(is_index, False)


def _folders(media: Tables, listed: Sequence[tuple[str, str, int]]) -> Iterator[_Folder]:
    """Yield the folders in key order, what their DICOMDIRs name read some at a time."""
    block: list[str] = []
    weight = 0
    for _, here in groupby(listed, key=lambda one: one[0]):
        for _, key, size in here:
            block.append(key)
            weight += min(size, LARGEST)
        if weight >= BLOCK_BYTES or len(block) >= BLOCK_FILES:
            yield from _read(media, block)
            block, weight = [], 0
    yield from _read(media, block)


def _read(media: Tables, keys: Sequence[str]) -> Iterator[_Folder]:
    if not keys:
        return
    order = sorted(keys)
    wanted = pa.table({"store": pa.repeat("raw", len(order)), "key": pa.array(order, pa.string())})
    rows = plain_table(media.lookup("media", wanted, columns=_READ), plain_schema(MEDIA, _READ)).combine_chunks()
    named = pc.struct_field(rows["dicom"], "directory_files")
    places = {key: place for place, key in enumerate(rows["key"].to_pylist()) if named[place].is_valid}
    # The order of keys is not that of folders: a/B/DICOMDIR comes before a/DICOMDIR.
    for folder, here in groupby((key for key in keys if key in places), key=folder_of):
        directories = [
            _Directory(key, named[places[key]].values, frozenset(rows["flags"][places[key]].as_py() or ()))
            for key in here
        ]
        yield _Folder(folder, directories)


def _keys(media: Tables) -> Iterator[tuple[list[str], Mask]]:
    """Yield all keys in order, and which are of DICOM objects."""
    for batch in plain_batches(media.batches("media", columns=_COMPARED), plain_schema(MEDIA, _COMPARED)):
        is_dicom = pc.and_(pc.equal(batch["kind"], "dicom"), pc.not_equal(batch["status"], "not_media"))
        yield batch["key"].to_pylist(), pc.fill_null(is_dicom, False).to_numpy(zero_copy_only=False).astype(bool)


def _walked(batches: Iterable[tuple[list[str], Mask]], folders: Iterator[_Folder]) -> Iterator[_Folder]:
    """Yield each folder when all keys below it were met."""
    above: list[_Folder] = []
    coming = next(folders, None)
    for keys, is_dicom in batches:
        at = 0
        while True:
            stop = len(keys)
            end = above[-1].end if above else None
            if end is not None:
                stop = min(stop, bisect_left(keys, end, at))
            if coming is not None:
                stop = min(stop, bisect_left(keys, coming.name, at))
            if above and stop > at:
                _meet(above, keys[at:stop], is_dicom[at:stop])
            at = stop
            if at == len(keys):
                break
            if end is not None and keys[at] >= end:
                yield above.pop()
            elif coming is not None:
                above.append(coming)
                coming = next(folders, None)
    yield from reversed(above)


def _meet(above: Sequence[_Folder], keys: Sequence[str], is_dicom: Mask) -> None:
    """Compare keys below some folders, the nearest last."""
    exact, loose = hashes_of(keys), hashes_of(map(loose_name, keys))
    named = np.zeros(len(keys), bool)
    for folder in above:
        named = np.logical_or.reduce([directory.meet(exact, loose) for directory in folder.directories])
    extra = np.flatnonzero(is_dicom & ~named)
    nearest = above[-1]
    nearest.extra += len(extra)
    room = SHOWN - len(nearest.first_extra)
    nearest.first_extra += [keys[place].removeprefix(nearest.name) for place in extra[:room]]


def _findings(folder: _Folder) -> Iterator[Finding]:
    for directory in folder.directories:
        missing = directory.missing()
        if len(missing):
            yield finding(
                "series.directory_missing",
                stage=STAGE,
                file=directory.key,
                message=_missing_words(directory, len(missing)),
                value=_shown(heapq.nsmallest(SHOWN, missing.to_pylist()), len(missing)),
                count=len(missing),
            )
    if folder.extra:
        yield finding(
            "series.directory_extra",
            stage=STAGE,
            file=folder.directories[0].key,
            message=_extra_words(folder),
            value=_shown(folder.first_extra, folder.extra),
            count=folder.extra,
        )


def _missing_words(directory: _Directory, missing: int) -> str:
    words = [f"Of the {directory.count:,} files that this DICOMDIR names, {missing:,} are not here."]
    if directory.loosely:
        words.append(f"Found under a name that differs in case, a final dot or ;1: {directory.loosely:,}.")
    if PARTIAL in directory.flags:
        words.append("The DICOMDIR could be read in part only: more may be missing.")
    return " ".join(words)


def _extra_words(folder: _Folder) -> str:
    many = len(folder.directories)
    by = "this DICOMDIR does not name" if many == 1 else f"none of its {many} DICOMDIRs names"
    words = [f"DICOM objects below the folder that {by}: {folder.extra:,}."]
    flags = frozenset().union(*(directory.flags for directory in folder.directories))
    if PARTIAL in flags:
        words.append("The DICOMDIR could be read in part only: it may name them.")
    if BAD_FILE_ID in flags:
        words.append("Some of its names are no File IDs of the standard and were not compared.")
    return " ".join(words)


def _shown(names: Sequence[str], count: int) -> str:
    shown = ", ".join(names)
    return shown if count <= len(names) else f"{shown} … ({count:,} in all)"
