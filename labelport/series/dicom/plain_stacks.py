"""Stacks of single images, one at each place: found among the images of many studies without an object an image.

Nine of ten series are such. What is anything else (copies, frames, echoes, times, other shapes, no place) is left
to ``drafts.py``, which says the same of a plain stack, only slower.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.probing.dicom.classes import IMAGES, is_projection
from labelport.series.dicom.columns import HeaderColumns, Mask, Numbers, Places, codes_of, differing, mask_of
from labelport.series.dicom.drafts import PASSED_ON
from labelport.series.dicom.instances import Slice, instances_of, slices_of
from labelport.series.dicom.naming import ATTRIBUTES, spacing_text, text_of
from labelport.series.dicom.placed_series import PlacedSeries

_EQUAL = ("rows", "columns", "samples_per_pixel", "photometric", "bits_allocated", "pixel_representation",
          "frame_of_reference_uid")  # fmt: skip
_APART = ("LOCALIZER", "MOSAIC")
"""Values of ImageType whose series are looked at one by one."""


@dataclass(frozen=True)
class PlainStack:
    """One stack."""

    group: int
    """Number of the group that it is of."""

    order: Places
    """Its rows, ascending by position."""

    positions: Numbers
    """Millimetres along the normal."""

    least: Slice
    """The plane with the least SOPInstanceUID: what stands for all."""

    first: Slice
    """The plane at the least position."""

    last: Slice
    attributes: dict[str, str]
    """What all members share."""

    damaged: bool
    phi_risk: tuple[str | None, ...]
    """Risks of the members, each once."""


def plain_stacks(rows: pa.Table, groups: Places) -> tuple[list[PlainStack], Mask]:
    """Return the plain stacks among media rows of some groups, and which rows are left.

    ``groups``: the number of the group of each row, ascending. Rows that are no images are left, too.
    """
    left = np.ones(rows.num_rows, bool)
    headers = HeaderColumns(rows)
    images = np.flatnonzero(headers.is_in("class", sorted(IMAGES)))
    if not len(images):
        return [], left
    of, count = _series(headers, groups, images)
    plain = ~_flawed(headers, groups, images, of, count)
    chosen = images[plain[of]]
    if not len(chosen):
        return [], left
    _, of = np.unique(of[plain[of]], return_inverse=True)
    meant = HeaderColumns(rows, chosen)
    found = PlacedSeries.of(meant, of)
    stacks = list(_stacks(rows, meant, chosen, groups, found))
    for stack in stacks:
        left[stack.order] = False
    return stacks, left


def _series(headers: HeaderColumns, groups: Places, images: Places) -> tuple[Places, int]:
    """Return the number of the series of each image, and how many series there are."""
    uids = headers.codes("series_uid")[images]
    _, of = np.unique(groups[images] * (uids.max() + 1) + uids, return_inverse=True)
    return of, int(of.max()) + 1


def _flawed(headers: HeaderColumns, groups: Places, images: Places, of: Places, count: int) -> Mask:
    """Return which series are no plain stacks by what single values say."""
    sop_classes = headers.field("sop_class")
    projections = [name for name in pc.unique(sop_classes).to_pylist() if is_projection(name)]
    spacing = headers.field("pixel_spacing")
    kinds = headers.joined("image_type", most=99)
    good = (
        headers.is_in("class", ["image_single"])
        & ~headers.is_in("sop_class", projections)
        & mask_of(pc.less_equal(pc.fill_null(headers.field("frames"), 1), 1))
        & headers.is_given("series_uid")
        & headers.is_given("sop_uid")
        & ~headers.is_given("concatenation_uid")
        & ~headers.is_given("per_frame")
        & headers.length_is("ipp", 3)
        & headers.length_is("iop", 6)
        & (mask_of(pc.is_null(spacing)) | headers.length_is("pixel_spacing", 2))
        & ~mask_of(pc.match_substring_regex(kinds, "|".join(_APART)))
        & ~mask_of(pc.match_substring_regex(pc.binary_join(headers.column("flags"), " "), "|".join(sorted(PASSED_ON))))
    )[images]
    uids = headers.codes("sop_uid")[images]
    pairs = groups[images] * (uids.max() + 1) + uids
    _, at, times = np.unique(pairs, return_inverse=True, return_counts=True)
    good &= times[at] == 1
    sizes = np.bincount(of, minlength=count)
    flawed = (np.bincount(of[~good], minlength=count) > 0) | (sizes < 2)
    first = np.zeros(count, np.int64)
    first[of[::-1]] = np.arange(len(of))[::-1]
    equal = [headers.field(name) for name in _EQUAL]
    equal += [headers.joined("image_type", most=3), headers.column("width"), headers.column("height")]
    for array in (*equal, pc.is_null(spacing)):
        flawed |= differing(codes_of(array)[images], first, of)
    return flawed


def _stacks(
    rows: pa.Table, headers: HeaderColumns, chosen: Places, groups: Places, found: PlacedSeries
) -> Iterator[PlainStack]:
    """Yield the good ones; ``headers`` are those of the rows ``chosen``."""
    numbers = np.flatnonzero(found.good)
    ends = np.stack(
        [found.least[numbers], found.order[found.starts[numbers]], found.order[found.starts[numbers + 1] - 1]]
    )
    planes = _planes(rows, chosen[ends.T.ravel()])
    shared = _Shared(headers, found)
    for number, (least, first, last) in zip(numbers.tolist(), _threes(planes), strict=True):
        inside = slice(int(found.starts[number]), int(found.starts[number + 1]))
        order = chosen[found.order[inside]]
        yield PlainStack(
            group=int(groups[order[0]]),
            order=order,
            positions=found.positions[inside],
            least=least,
            first=first,
            last=last,
            attributes=shared.attributes(number, least),
            damaged=shared.any_damaged(number),
            phi_risk=shared.risks(number),
        )


def _planes(rows: pa.Table, places: Places) -> list[Slice]:
    """Return the planes at some places, in their order."""
    taken = rows.take(pa.array(places))
    made = {(instance.store, instance.key): slices_of(instance)[0] for instance in instances_of(taken)}
    return [made[named] for named in zip(taken["store"].to_pylist(), taken["key"].to_pylist(), strict=True)]


def _threes(planes: Sequence[Slice]) -> Iterator[tuple[Slice, Slice, Slice]]:
    for at in range(0, len(planes), 3):
        yield planes[at], planes[at + 1], planes[at + 2]


class _Shared:
    """What all members of a series have in common."""

    def __init__(self, headers: HeaderColumns, found: PlacedSeries) -> None:
        self._starts = found.starts
        counts = np.diff(found.starts)
        of = np.empty(len(found.order), np.int64)
        of[found.order] = np.repeat(np.arange(len(counts)), counts)

        def differ(codes: Places) -> Mask:
            return differing(codes, found.least, of)

        self._differs = {name: differ(headers.codes(name)) for name in ATTRIBUTES}
        spacings = pc.binary_join(pc.cast(headers.field("pixel_spacing"), pa.list_(pa.string())), " ")
        several = mask_of(pc.greater(headers.field("ultrasound_regions"), 1))
        self._spacing_differs = differ(codes_of(spacings)) | (np.bincount(of[several], minlength=len(counts)) > 0)
        damaged = mask_of(pc.is_in(headers.column("status"), value_set=pa.array(["partial", "truncated"])))
        self._damaged = np.bincount(of[damaged], minlength=len(counts)) > 0
        risk = pc.dictionary_encode(headers.column("phi_risk"), null_encoding="encode")
        self._words = risk.dictionary.to_pylist()
        self._risks = [
            np.bincount(of[risk.indices.to_numpy() == place], minlength=len(counts)) > 0
            for place in range(len(self._words))
        ]

    def attributes(self, number: int, least: Slice) -> dict[str, str]:
        """Return the allow-listed values that all members share."""
        dicom = least.instance.dicom
        found = {name: text_of(dicom.get(name)) for name, differ in self._differs.items() if not differ[number]}
        spacing = "" if self._spacing_differs[number] else spacing_text(dicom.get("pixel_spacing") or ())
        return {name: text for name, text in {**found, "pixel_spacing_mm": spacing}.items() if text}

    def any_damaged(self, number: int) -> bool:
        """Return whether a member is cut short."""
        return bool(self._damaged[number])

    def risks(self, number: int) -> tuple[str | None, ...]:
        """Return the risks of the members."""
        return tuple(word for word, there in zip(self._words, self._risks, strict=True) if there[number])
