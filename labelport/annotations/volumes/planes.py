"""The planes of all image volumes of a catalogue as two Arrow files: workers map them, and hold one volume at a time.

``planes.arrow`` has a row a plane, ``volumes.arrow`` a row a volume, with where its planes begin. Series without
geometry (photographs of a body, ultrasound) have none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.keys import key_bytes
from labelport.manifests.reading import Tables, rows_of

PLANES, VOLUMES = "planes.arrow", "volumes.arrow"

PLANE_ROWS = pa.schema(
    [
        ("key", pa.string()),
        ("frame", pa.int32()),
        ("item", pa.int32()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("z", pa.float64()),
        ("sop_uid", pa.string()),
        ("size", pa.int64()),
        ("token", pa.string()),
        ("sop_class", pa.string()),
    ]
)
"""x, y, z: Image Position (Patient), millimetres, LPS; of NIfTI null."""

VOLUME_ROWS = pa.schema(
    [
        ("series_id", pa.string()),
        ("kind", pa.string()),
        ("first", pa.int64()),
        ("planes", pa.int64()),
        ("rows", pa.int32()),
        ("columns", pa.int32()),
        ("row_mm", pa.float64()),
        ("column_mm", pa.float64()),
        ("iop", pa.list_(pa.float64())),
        ("affine", pa.list_(pa.float64())),
        ("oriented", pa.bool_()),
        ("times", pa.bool_()),
        ("folder", pa.string()),
        ("study_uid", pa.string()),
        ("series_uid", pa.string()),
        ("frame_of_reference_uid", pa.string()),
    ]
)
"""``times``: the series has several time points, and these are the planes of the first. ``folder``: all lie in it."""

_KINDS = ("stack", "volume4d", "volume", "single")
_ITEMS = ("series_id", "index", "role", "store", "key", "frame", "time_index")
_MEDIA = ("store", "key", "size", "token", "dicom", "nifti", "flags")
_DICOM = (
    *("ipp", "iop", "pixel_spacing", "rows", "columns", "frames", "sop_uid", "sop_class", "per_frame"),
    *("study_uid", "series_uid", "frame_of_reference_uid"),
)


@dataclass
class _Volume:
    """A volume that is being gathered."""

    series_id: str
    times: bool = False
    constants: dict[str, Any] = field(default_factory=dict)
    planes: list[dict[str, Any]] = field(default_factory=list)


def park_planes(media: Tables, series: Tables, folder: Path) -> Path:
    """Write the planes of all series into a folder; return it. Memory is that of a batch of items and one volume."""
    with (
        _writer(folder / PLANES, PLANE_ROWS) as planes,
        _writer(folder / VOLUMES, VOLUME_ROWS) as volumes,
    ):
        first = 0
        for volume in _volumes(media, series):
            rows = _row(volume, first)
            if rows is None:
                continue
            planes.write_table(pa.Table.from_pylist(volume.planes, schema=PLANE_ROWS))
            volumes.write_table(pa.Table.from_pylist([rows], schema=VOLUME_ROWS))
            first += len(volume.planes)
    return folder


def _writer(path: Path, schema: pa.Schema) -> Any:
    return pa.ipc.new_file(str(path), schema)


def _volumes(media: Tables, series: Tables) -> Iterator[_Volume]:
    """Yield the series that may be volumes, with their planes as far as these have geometry."""
    wanted = _series_ids(series)
    current: _Volume | None = None
    for batch in series.batches("items", columns=list(_ITEMS)):
        for row in _items(batch, media, wanted):
            if current is None or current.series_id != row["series_id"]:
                if current is not None:
                    yield current
                current = _Volume(row["series_id"])
            _take(current, row)
    if current is not None:
        yield current


def _series_ids(series: Tables) -> pa.Array:
    """Return the ids of series that may be volumes."""
    found: list[pa.Array] = []
    for batch in series.batches("series", columns=["series_id", "kind"]):
        kinds = pc.is_in(batch.column("kind").cast(pa.string()), pa.array(_KINDS))
        found.append(batch.column("series_id").filter(kinds))
    return pa.concat_arrays(found) if found else pa.array([], pa.string())


def _items(batch: pa.RecordBatch, media: Tables, wanted: pa.Array) -> Iterator[dict[str, Any]]:
    """Yield the image items of a batch with what their media rows say of geometry."""
    good = pc.and_(pc.equal(batch.column("role").cast(pa.string()), "image"), pc.equal(batch.column("store"), "raw"))
    good = pc.and_(good, pc.is_in(batch.column("series_id"), wanted))
    items = pa.Table.from_batches([batch.filter(good)])
    if not items.num_rows:
        return
    objects = items.select(["store", "key"]).group_by(["store", "key"], use_threads=False).aggregate([])
    found = media.lookup("media", objects.sort_by([("store", "ascending"), ("key", "ascending")]), columns=list(_MEDIA))
    found = _narrowed(found)
    places = pc.index_in(key_bytes(items, ("store", "key")), value_set=key_bytes(found, ("store", "key")))
    there = found.take(places)
    for item, row in zip(rows_of(items), rows_of(there), strict=True):
        yield {**row, **item}


def _narrowed(found: pa.Table) -> pa.Table:
    """Return media rows with the fields that say geometry in place of the structs of headers."""
    dicom, nifti = found.column("dicom").combine_chunks(), found.column("nifti").combine_chunks()
    made = {name: found.column(name) for name in ("store", "key", "size", "token", "flags")}
    made |= {name: pc.struct_field(dicom, name) for name in _DICOM}
    made |= {"dims": pc.struct_field(nifti, "dims"), "affine": pc.struct_field(nifti, "affine")}
    return pa.table(made)


def _take(volume: _Volume, row: Mapping[str, Any]) -> None:
    """Add the planes of an item to a volume."""
    if row["time_index"]:
        volume.times = True
        return
    planes = _nifti_planes(row) if row["dims"] else _dicom_planes(row)
    volume.times |= len(row["dims"] or ()) > 3 and row["dims"][3] > 1
    if planes and not volume.constants:
        volume.constants = planes[0]
    volume.planes += planes


def _nifti_planes(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    dims = [*row["dims"], 1, 1, 1][:3]
    if row["affine"] is None or not all(size > 0 for size in dims):
        return []
    constants = {
        "kind": "nifti",
        "columns": dims[0],
        "rows": dims[1],
        "affine": row["affine"],
        "oriented": "no_orientation" not in (row["flags"] or ()),
    }
    same = {name: row[name] for name in ("key", "size", "token")} | {"item": row["index"]}
    return [{**same, **constants, "frame": plane} for plane in range(dims[2])]


def _dicom_planes(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    frames = row["per_frame"] or ()
    same = {name: row[name] for name in ("key", "size", "token", "sop_uid", "sop_class", "rows", "columns")}
    same |= {name: row[name] for name in ("study_uid", "series_uid", "frame_of_reference_uid")}
    same |= {"kind": "dicom", "item": row["index"]}
    if row["frame"] is None and frames and (row["frames"] or 1) > 1:
        numbers: list[int | None] = list(range(len(frames)))
    else:
        numbers = [row["frame"]]
    made = []
    for number in numbers:
        own = frames[number] if number is not None and number < len(frames) else {}
        ipp, iop = own.get("ipp") or row["ipp"], own.get("iop") or row["iop"]
        spacing = own.get("pixel_spacing") or row["pixel_spacing"]
        if not _complete(ipp, iop, spacing) or not row["rows"] or not row["columns"]:
            continue
        x, y, z = ipp
        made.append({**same, "frame": number, "x": x, "y": y, "z": z, "iop": iop, "spacing": spacing})
    return made


def _complete(ipp: list[float] | None, iop: list[float] | None, spacing: list[float] | None) -> bool:
    numbers = [*(ipp or ()), *(iop or ()), *(spacing or ())]
    whole = len(ipp or ()) == 3 and len(iop or ()) == 6 and len(spacing or ()) == 2
    return whole and all(each is not None for each in numbers) and bool(np.isfinite(numbers).all())


def _row(volume: _Volume, first: int) -> dict[str, Any] | None:
    """Return the row of a volume; null where it has no planes."""
    if not volume.planes:
        return None
    constants = volume.constants
    spacing = constants.get("spacing") or (None, None)
    folders = {plane["key"].rpartition("/")[0] for plane in volume.planes}
    return {
        "series_id": volume.series_id,
        "first": first,
        "planes": len(volume.planes),
        "row_mm": spacing[0],
        "column_mm": spacing[1],
        "times": volume.times,
        "folder": folders.pop() if len(folders) == 1 else None,
        **{
            name: constants.get(name)
            for name in ("kind", "rows", "columns", "iop", "affine", "study_uid", "series_uid")
        },
        "frame_of_reference_uid": constants.get("frame_of_reference_uid"),
        "oriented": constants.get("oriented", True),
    }
