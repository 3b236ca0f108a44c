"""The work of a worker: objects of a volume become the lines and slices in which three planes cross them.

An error of one plane ends here and becomes its words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.probing.contract import BudgetSpent, RangeRead
from labelport.probing.reader import FewerBytes
from labelport.runners.contract import Begin
from labelport.storage.access import reopened
from labelport.tiles.picture import NoPicture, shrunk

WORK = "labelport.annotations.structures_view.work:sections"
"""Name of the work for the runner."""

LINE = 256
"""Pixels of a line, and of a side of a slice, that are kept at most."""

WANTED = pa.schema(
    [
        ("key", pa.string()),
        ("size", pa.int64()),
        ("token", pa.string()),
        ("kind", pa.string()),
        ("other_key", pa.string()),
        ("other_size", pa.int64()),
        ("other_token", pa.string()),
        ("rows", pa.int64()),
        ("columns", pa.int64()),
        ("frames", pa.list_(pa.int64())),
        ("row", pa.list_(pa.int64())),
        ("column", pa.list_(pa.int64())),
        ("whole", pa.list_(pa.bool_())),
    ]
)
"""One row an object. ``kind``: dicom or nifti. ``rows``, ``columns``: what its planes must have. Of each plane of it:
its 0-based frame (ascending), the row and the column that are wanted (-1: none), and whether the whole plane is."""

PLANE = pa.struct(
    [
        ("row_line", pa.binary()),
        ("column_line", pa.binary()),
        ("whole", pa.binary()),
        ("whole_rows", pa.int64()),
        ("center", pa.float64()),
        ("width", pa.float64()),
        ("function", pa.string()),
        ("why_not", pa.string()),
    ]
)
"""Values are float32, little endian, larger ones brighter; NaN is padding. ``center``, ``width``, ``function``: the
window of its header."""

RESULT = pa.schema([("planes", pa.list_(PLANE))])


@dataclass(frozen=True)
class Grey:
    """A decoded plane."""

    values: np.ndarray[Any, Any]
    """Shape (rows, columns)."""

    slope: float = 1.0
    """Values are to be multiplied by it, after they were made small: it is negative where black is the largest."""

    intercept: float = 0.0
    padding: np.ndarray[Any, np.dtype[np.bool_]] | None = None
    """Where there is no value."""

    window: tuple[float, float, str] | None = None
    """Centre, width and function, of the values after slope and intercept."""


def sections(rows: pa.RecordBatch, options: Mapping[str, Any], begin: Begin) -> pa.RecordBatch:
    """Cut the objects of a shard: ``WANTED`` in, ``RESULT`` out. ``options``: what ``access_of`` gives of the bucket."""
    bucket = reopened(options)
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows.to_pylist()):
        begin(number)
        read: RangeRead = _reading(bucket, row["key"], row["token"])
        other = None
        if row["other_key"] is not None:
            other = (_reading(bucket, row["other_key"], row["other_token"]), row["other_size"])
        found.append({"planes": cut_object(read, row, other=other)})
    return pa.RecordBatch.from_pylist(found, schema=RESULT)


def cut_object(
    read: RangeRead, row: Mapping[str, Any], *, other: tuple[RangeRead, int] | None = None
) -> list[dict[str, Any]]:
    """Return a ``PLANE`` for each wanted plane of a row of ``WANTED``; never raises for what an object holds."""
    made: list[dict[str, Any]] = []
    words = "cannot be decoded"
    try:
        for grey in _planes(read, row, other):
            number = len(made)
            made.append({"why_not": grey} if isinstance(grey, str) else _cut(grey, row, number))
    except NoPicture as fault:
        words = str(fault)
    except (ObjectAbsent, ObjectChanged, FewerBytes):
        words = "changed or vanished"
    except BudgetSpent:
        words = "too many bytes"
    except Exception:  # noqa: S110 -- the edge of one object: whatever a decoder raises is this object's fault
        pass
    return made + [{"why_not": words}] * (len(row["frames"]) - len(made))


def _planes(read: RangeRead, row: Mapping[str, Any], other: tuple[RangeRead, int] | None) -> Iterator[Grey | str]:
    # Each kind has libraries of its own: a worker loads those that it meets.
    if row["kind"] == "dicom":
        from labelport.annotations.structures_view.dicom_planes import dicom_planes  # noqa: PLC0415

        return dicom_planes(read, row["size"], row["frames"])
    if row["kind"] == "nifti":
        from labelport.annotations.structures_view.nifti_planes import nifti_planes  # noqa: PLC0415

        return nifti_planes(read, row["size"], row["frames"], other=other)
    raise NoPicture("has no picture")


def _reading(bucket: Any, key: str, token: str) -> RangeRead:
    return lambda start, length: bucket.read_range(key, start, length, token=token)


def _cut(grey: Grey, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    if grey.values.shape != (row["rows"], row["columns"]):
        return {"why_not": "has another size"}
    center, width, function = grey.window or (None, None, None)
    made: dict[str, Any] = {"center": center, "width": width, "function": function}
    at_row, at_column = row["row"][number], row["column"][number]
    if at_row >= 0:
        made["row_line"] = _small(grey, np.s_[at_row : at_row + 1, :]).tobytes()
    if at_column >= 0:
        made["column_line"] = _small(grey, np.s_[:, at_column : at_column + 1]).tobytes()
    if row["whole"][number]:
        whole = _small(grey, np.s_[:, :])
        made |= {"whole": whole.tobytes(), "whole_rows": whole.shape[0]}
    return made


def _small(grey: Grey, part: tuple[slice, slice]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return a part of a plane, at most ``LINE`` pixels a side: means, scaled afterwards, which is the same."""
    made = np.asarray(shrunk(np.ascontiguousarray(grey.values[part]), LINE), np.float64) * grey.slope + grey.intercept
    if grey.padding is not None:
        share = shrunk(np.ascontiguousarray(grey.padding[part], np.float32), LINE)
        made = np.where(share >= 0.5, np.nan, made)
    return made.astype("<f4")
