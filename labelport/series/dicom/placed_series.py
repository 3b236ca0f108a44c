"""Where the images of many series lie, measured for all of them at once; which of them are stacks of one image a place."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.series.dicom.columns import HeaderColumns, Mask, Numbers, Places, mask_of, vectors_of
from labelport.series.dicom.geometry import SAME_POSITION_MM, SAME_POSITION_SHARE, normal_of
from labelport.series.dicom.stacks import FARTHEST_MM, LENGTHS, PARALLEL, SAME_SPACING


@dataclass(frozen=True)
class PlacedSeries:
    """Rows of series, each series together and its members in the order of their places."""

    order: Places
    """Places among the chosen rows."""

    starts: Places
    """Where in ``order`` each series begins; one more at the end."""

    positions: Numbers
    """Of ``order``."""

    least: Places
    """Of each series the place of the member with the least SOPInstanceUID."""

    good: Mask
    """Which series are stacks of one image a place."""

    @staticmethod
    def of(headers: HeaderColumns, of: Places) -> "PlacedSeries":
        """Return how the members of some series lie; ``of``: the number of the series of each row."""
        count = int(of.max()) + 1
        by_uid = (
            pc.sort_indices(
                pa.table({"series": of, "uid": headers.field("sop_uid")}),
                [("series", "ascending"), ("uid", "ascending")],
            )
            .to_numpy()
            .astype(np.int64)
        )
        sizes = np.bincount(of, minlength=count)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        least = by_uid[starts[:-1]]
        with np.errstate(all="ignore"):
            return PlacedSeries._measured(headers, of, least, starts)

    @staticmethod
    def _measured(headers: HeaderColumns, of: Places, least: Places, starts: Places) -> "PlacedSeries":
        ipp, iop = vectors_of(headers.field("ipp"), 3), vectors_of(headers.field("iop"), 6)
        normals = np.array([normal_of(tuple(vector)) for vector in iop[least].tolist()]).reshape(-1, 3)
        good = normals.any(axis=1) & ~_differ(of, ~(_parallel(iop[least][of][:, :3], iop[:, :3])
                                                    & _parallel(iop[least][of][:, 3:], iop[:, 3:])), len(least))  # fmt: skip
        good &= ~_differ(of, ~_is_somewhere(ipp, iop), len(least))
        good &= _same_spacing(headers.field("pixel_spacing"), of, least)
        at = normals[of]
        positions = ipp[:, 0] * at[:, 0] + ipp[:, 1] * at[:, 1] + ipp[:, 2] * at[:, 2]
        good &= ~_differ(of, ~np.isfinite(positions), len(least))
        order = np.lexsort((positions, of))
        positions = positions[order]
        good &= _apart(positions, starts)
        return PlacedSeries(order, starts, positions, least, good)


def _is_somewhere(ipp: Numbers, iop: Numbers) -> Mask:
    """Return which planes have places and directions within the limits of ``stacks.has_geometry``."""
    shortest = np.minimum((iop[:, :3] ** 2).sum(axis=1), (iop[:, 3:] ** 2).sum(axis=1))
    near = (np.abs(ipp).max(axis=1) <= FARTHEST_MM) & (np.abs(iop).max(axis=1) <= LENGTHS[1])
    return np.asarray(near & (shortest >= LENGTHS[0] ** 2 * (1 + 1e-12)), bool)


def _differ(of: Places, wrong: Mask, count: int) -> Mask:
    return np.bincount(of[wrong], minlength=count) > 0


def _parallel(one: Numbers, other: Numbers) -> Mask:
    dot = (one * other).sum(axis=1)
    lengths = (one * one).sum(axis=1) * (other * other).sum(axis=1)
    return np.asarray((lengths > 0) & (dot > 0) & (dot * dot >= PARALLEL * PARALLEL * lengths * (1 + 1e-12)), bool)


def _same_spacing(array: pa.Array, of: Places, least: Places) -> Mask:
    """Return in which series all pixel spacings are those of the least member; it has one where the others have."""
    given = np.flatnonzero(mask_of(pc.is_valid(array)))
    if not len(given):
        return np.ones(len(least), bool)
    spacing = np.zeros((len(array), 2))
    spacing[given] = vectors_of(array.take(pa.array(given)), 2)
    one = spacing[least][of]
    far = np.abs(one - spacing) > SAME_SPACING * np.maximum(np.abs(one), np.abs(spacing))
    return ~_differ(of, far[:, 0] | far[:, 1], len(least))


def _apart(positions: Numbers, starts: Places) -> Mask:
    """Return in which series no two images lie at one place."""
    good = np.zeros(len(starts) - 1, bool)
    gaps = np.diff(positions)
    for number, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        own = gaps[start : end - 1]
        nearest = max(SAME_POSITION_MM, SAME_POSITION_SHARE * float(np.median(own)))
        good[number] = bool((own > nearest).all())
    return good
