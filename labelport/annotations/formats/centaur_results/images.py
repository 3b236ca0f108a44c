"""Which image each case is of: by its origin, else by the portal's own id (specification 6.16, Join)."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.contract import ReadContext
from labelport.annotations.formats.centaur_results.contents import Contents
from labelport.annotations.formats.centaur_results.extras import without_secrets
from labelport.annotations.formats.centaur_results.sheet import Flags, Numbers, Sheet
from labelport.annotations.places import Places
from labelport.annotations.said import Said
from labelport.manifests.centaur.paths import path_of


@dataclass(frozen=True)
class Images:
    """The images of a sheet, in the order in which rows name them."""

    of_row: Numbers
    """By row of the sheet: its image, -1 where the row names none."""

    first: Numbers
    """By image: the row that named it first."""

    names: list[str]
    """By image: its origin as given, else that of the manifest, else words with the Content ID, which no image has."""

    ids: list[str]
    """By image: Content ID, empty where there is none."""

    places: Places
    refused: Flags
    """Images whose origin and Content ID lead to different images."""


@dataclass
class _Asked:
    """Names that are looked up together."""

    names: list[str] = field(default_factory=list)
    others: list[tuple[str, ...]] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    """Which image each name is of."""

    def add(self, image: int, spellings: tuple[str, ...]) -> None:
        """Ask for an image by its first spelling, then by the others."""
        self.names.append(spellings[0])
        self.others.append(spellings[1:])
        self.images.append(image)


def images_of(sheet: Sheet, context: ReadContext, contents: Contents, *, origin_root: str) -> Images:
    """Return the images of the rows.

    Findings: those of ``context.place``; ``csv.empty_cell`` for a row that names none; ``centaur.join_differs``
    where the origin and the manifest's origin of the Content ID lead to different images.
    """
    origins, ids = without_secrets(sheet.cells["origin"]), sheet.cells["contentid"]
    of_row, first = _numbered(sheet, origins, ids)
    _tell_nameless(sheet, of_row, context.said)
    rows = pa.array(first)
    given, own = origins.take(rows).to_pylist(), ids.take(rows).to_pylist()
    sent = [contents.origins.get(each, "") for each in own]
    asked, twice = _Asked(), _Asked()
    for image, (origin, manifest) in enumerate(zip(given, sent, strict=True)):
        if origin or manifest:
            spellings, again = _spellings(origin, manifest, origin_root)
            asked.add(image, spellings)
            if again:
                twice.add(image, again)
    both = asked.images + twice.images
    places = context.place(
        asked.names + twice.names, lambda number: sheet.at(int(first[both[number]])), asked.others + twice.others
    )
    found = np.full(len(first), -1, np.int64)
    found[asked.images] = places.rows[: len(asked.names)]
    refused = _refused(len(first), asked, twice, found, places)
    _tell_refused(sheet, first, of_row, refused, context.said)
    if places.asked:
        _tell_unmatched(sheet, first, asked, own, context.said)
    names = [
        origin or manifest or f"Content ID {content}"
        for origin, manifest, content in zip(given, sent, own, strict=True)
    ]
    spelled: list[tuple[str, ...]] = [()] * len(first)
    for image, name, others in zip(asked.images, asked.names, asked.others, strict=True):
        spelled[image] = tuple(each for each in (name, *others) if each != names[image])
    led = replace(places, rows=np.where(refused, -1, found), spellings=spelled)
    return Images(of_row, first, names, own, led, refused)


def _numbered(sheet: Sheet, origins: pa.Array, ids: pa.Array) -> tuple[Numbers, Numbers]:
    """Return the image of each row, and the first row of each image: one a file, origin and Content ID."""
    of_origin, of_id = _codes(origins), _codes(ids)
    key = (sheet.files * (int(of_origin.max(initial=0)) + 1) + of_origin) * (int(of_id.max(initial=0)) + 1) + of_id
    named = np.asarray(pc.or_(pc.not_equal(origins, ""), pc.not_equal(ids, "")))
    rows = np.flatnonzero(named)
    _, first, inverse = np.unique(key[rows], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    of_row = np.full(len(sheet.lines), -1, np.int64)
    of_row[rows] = rank[inverse]
    return of_row, rows[first[order]]


def _codes(texts: pa.Array) -> Numbers:
    return np.asarray(pc.dictionary_encode(texts).indices).astype(np.int64)


def _rooted(origin: str, root: str) -> tuple[str, ...]:
    """Return how an origin may be spelled as a key: what was cut from it is put back."""
    return (root + origin, origin) if root and not origin.startswith(root) else (origin,)


def _spellings(origin: str, manifest: str, root: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return by which names an image is looked up; the other way round once more where they may be two images."""
    if not origin or not manifest or origin == manifest:
        return _rooted(origin or manifest, root), ()
    given, sent = _rooted(origin, root), _rooted(manifest, root)
    here, there = path_of(origin), path_of(manifest)
    if there.endswith(f"/{here}"):
        # The manifest knows more of the path.
        return sent + given, ()
    return given + sent, () if here == there or here.endswith(f"/{there}") else sent + given


def _refused(count: int, asked: _Asked, twice: _Asked, found: Numbers, places: Places) -> Flags:
    made = np.zeros(count, bool)
    other = places.rows[len(asked.names) :]
    own = found[twice.images]
    made[twice.images] = (own >= 0) & (other >= 0) & (own != other) if places.asked else True
    return made


def _tell_nameless(sheet: Sheet, of_row: Numbers, said: Said) -> None:
    for row in np.flatnonzero(of_row < 0).tolist():
        said.say("csv.empty_cell", *sheet.at(row), "the row has neither Origin nor Content ID")


def _tell_refused(sheet: Sheet, first: Numbers, of_row: Numbers, refused: Flags, said: Said) -> None:
    counts = np.bincount(of_row[of_row >= 0], minlength=len(first))
    for image in np.flatnonzero(refused).tolist():
        words = "Origin and Content ID lead to different images"
        said.say("centaur.join_differs", *sheet.at(int(first[image])), words, count=int(counts[image]))


def _tell_unmatched(sheet: Sheet, first: Numbers, asked: _Asked, ids: list[str], said: Said) -> None:
    known = set(asked.images)
    for image, content in enumerate(ids):
        if image not in known:
            words = "there is no origin, and no manifest that knows this Content ID"
            said.say("name.unmatched", *sheet.at(int(first[image])), words, value=content)


def tell_series(sheet: Sheet, contents: Contents, said: Said) -> None:
    """Say where Series and Series Index are not those of the manifest (``centaur.series_differs``)."""
    if not contents.series:
        return
    columns: list[list[Any]] = [sheet.cells[name].to_pylist() for name in ("contentid", "series", "seriesindex")]
    for row, (content, series, place) in enumerate(zip(*columns, strict=True)):
        known = contents.series.get(content)
        if known is None or (series in ("", known[0]) and place in ("", str(known[1]))):
            continue
        column = "series" if series not in ("", known[0]) else "seriesindex"
        value = f"{series} {place}".strip()
        said.say("centaur.series_differs", *sheet.at(row, column), f"the manifest has index {known[1]}", value=value)
