"""A catalogue of DICOM headers that never were files: as many slices as wanted, published as media.

Studies of four series of a hundred slices, as a CT or MR department writes them; of twenty series one is a
volume over time and one has two echoes. Keys say nothing of the study (``scattered``), as in archives that name
objects by their UID, or are folders of studies and series.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.catalogue.stage import Stage
from labelport.storage.opening import open_bucket
from labelport.tables import DICOM, MEDIA

SLICES = 100
SERIES_A_STUDY = 4
STUDIES_A_BATCH = 50
STAMP = {"inputs": {}, "code_version": "made", "settings_hash": "made"}


def publish_media(
    folder: Path, *, series: int, scattered: bool, dataset: str, changed: frozenset[int] = frozenset()
) -> None:
    """Publish media of so many series below ``folder``; the first slice of each of ``changed`` is another one.

    A second call publishes the next generation.
    """
    stage = Stage(open_bucket(str(folder)), "media_metadata", dataset=dataset)
    draft = stage.draft(stage.current())
    draft.write("media", _sorted_batches(series, scattered, changed))
    draft.seal(**STAMP)  # type: ignore[arg-type]
    draft.publish()


def _sorted_batches(series: int, scattered: bool, changed: frozenset[int]) -> Iterator[pa.Table]:
    batches = (_media(first, min(first + SERIES_A_STUDY * STUDIES_A_BATCH, series), scattered, changed)
               for first in range(0, series, SERIES_A_STUDY * STUDIES_A_BATCH))  # fmt: skip
    if not scattered:
        yield from batches
        return
    whole = pa.concat_tables(batches).combine_chunks()
    order = np.argsort(whole["key"].to_numpy(zero_copy_only=False).astype("S"))
    for start in range(0, len(order), 20_000):
        yield whole.take(pa.array(order[start : start + 20_000]))


def _media(first: int, last: int, scattered: bool, changed: frozenset[int]) -> pa.Table:
    numbers = np.repeat(np.arange(first, last), SLICES)
    slices = np.tile(np.arange(SLICES), last - first)
    studies = numbers // SERIES_A_STUDY
    rows = len(numbers)
    sops = [f"1.2.840.113619.2.55.3.{study}.{number}.{place}" for study, number, place in
            zip(studies.tolist(), numbers.tolist(), slices.tolist(), strict=True)]  # fmt: skip
    named = [hashlib.blake2b(sop.encode(), digest_size=16).hexdigest() for sop in sops]
    keys = (
        [f"objects/{name}" for name in named]
        if scattered
        else [
            f"study{study:06d}/series{number:07d}/IM{place:05d}.dcm"
            for study, number, place in zip(studies.tolist(), numbers.tolist(), slices.tolist(), strict=True)
        ]
    )
    is_changed = np.isin(numbers, sorted(changed)) & (slices == 0)
    tokens = [f"{name}x" if other else name for name, other in zip(named, is_changed.tolist(), strict=True)]
    given: dict[str, Any] = {
        "store": pa.repeat("raw", rows),
        "key": keys,
        "token": tokens,
        "size": pa.repeat(526_336, rows),
        "kind": pa.repeat("dicom", rows),
        "format": pa.repeat("dicom", rows),
        "mime_type": pa.repeat("application/dicom", rows),
        "extension": pa.repeat("" if scattered else ".dcm", rows),
        "extension_mismatch": pa.repeat(False, rows),
        "status": pa.repeat("ok", rows),
        **{name: pa.repeat(512, rows) for name in ("width", "height", "stored_width", "stored_height")},
        "bit_depth": pa.repeat(12, rows),
        "frames": pa.repeat(1, rows),
        "frames_method": pa.repeat("header", rows),
        "frames_exact": pa.repeat(True, rows),
        "dicom": _headers(numbers, slices, sops=sops, named=named, is_changed=is_changed),
        "flags": pa.array([[]] * rows, pa.list_(pa.string())),
        "phi_risk": pa.repeat("none", rows),
        "probe_version": pa.repeat("dicom-made", rows),
        "probe_requests": pa.repeat(1, rows),
        "probe_bytes": pa.repeat(16_384, rows),
    }
    columns = []
    for field in MEDIA.schema:
        value = given.get(field.name)
        array = pa.nulls(rows, field.type) if value is None else pa.array(value) if isinstance(value, list) else value
        columns.append(_typed(array, field.type))
    return pa.Table.from_arrays(columns, schema=MEDIA.schema)


def _typed(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(array.type):
        return array.cast(kind.value_type).dictionary_encode().cast(kind)
    return array.cast(kind)


def _headers(numbers: Any, slices: Any, *, sops: list[str], named: list[str], is_changed: Any) -> pa.Array:
    rows, studies = len(numbers), numbers // SERIES_A_STUDY
    over_time, echoes = numbers % 20 == 7, numbers % 20 == 13
    levels = np.where(over_time, slices // 4, np.where(echoes, slices // 2, slices))
    times = np.where(over_time, slices % 4 + 1, 0)
    is_mr = over_time | echoes
    places = np.round(-120.0 + 2.5 * levels + 0.001 * (studies % 7) + 0.5 * is_changed, 4)
    ipp = np.stack([np.full(rows, -175.0), np.full(rows, -160.5), places], axis=1).ravel()
    fixed: dict[str, Any] = {
        "transfer_syntax": "1.2.840.10008.1.2.1", "class": "image_single", "manufacturer": "MADE",
        "model": "Maker 3000", "body_part": "CHEST", "patient_position": "HFS", "photometric": "MONOCHROME2",
        "charset": "ISO_IR 100", "rows": 512, "columns": 512, "samples_per_pixel": 1, "bits_allocated": 16,
        "bits_stored": 12, "pixel_representation": 1, "slice_thickness": 2.5, "kvp": 120.0, "rescale_slope": 1.0,
        "rescale_intercept": -1024.0, "has_private": True, "header_bytes": 2_048, "pixel_offset": 2_060,
    }  # fmt: skip
    given: dict[str, Any] = {
        "sop_class": np.where(is_mr, "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2").tolist(),
        "modality": np.where(is_mr, "MR", "CT").tolist(),
        "study_uid": [f"1.2.840.113619.2.55.3.{study}" for study in studies.tolist()],
        "series_uid": [f"1.2.840.113619.2.55.3.9.{number}" for number in numbers.tolist()],
        "sop_uid": sops,
        "frame_of_reference_uid": [f"1.2.840.113619.2.55.3.8.{number}" for number in numbers.tolist()],
        "sample_digest": named,
        "instance_number": slices + 1,
        "series_number": numbers % SERIES_A_STUDY + 1,
        "acquisition_number": np.ones(rows, np.int32),
        "temporal_position": pa.array(times, mask=times == 0),
        "te": pa.array(np.where(echoes, 4.92 + 2.46 * (slices % 2), 30.0), mask=~is_mr),
        "echo_number": pa.array(np.where(echoes, slices % 2 + 1, 1), mask=~is_mr),
        "tr": pa.array(np.full(rows, 500.0), mask=~is_mr),
        "slice_location": places,
        "acquisition_time_s": 36_000.0 + slices * 0.5,
        "content_time_s": 36_000.0 + slices * 0.5,
        "image_type": _lists(["ORIGINAL", "PRIMARY", "AXIAL"] * rows, 3, pa.string()),
        "ipp": _lists(ipp, 3, pa.float64()),
        "iop": _lists(np.tile([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], rows), 6, pa.float64()),
        "pixel_spacing": _lists(np.tile([0.683594, 0.683594], rows), 2, pa.float64()),
        "window_center": _lists(np.full(rows, 40.0), 1, pa.float64()),
        "window_width": _lists(np.full(rows, 400.0), 1, pa.float64()),
    }
    children = []
    for field in DICOM:
        if field.name in fixed:
            children.append(pa.repeat(pa.scalar(fixed[field.name], field.type), rows))
        elif field.name in given:
            value = given[field.name]
            children.append((value if isinstance(value, pa.Array) else pa.array(value)).cast(field.type))
        else:
            children.append(pa.nulls(rows, field.type))
    return pa.StructArray.from_arrays(children, fields=list(DICOM))


def _lists(values: Any, length: int, kind: pa.DataType) -> pa.Array:
    flat = pa.array(values, kind)
    return pa.ListArray.from_arrays(pa.array(np.arange(0, len(flat) + 1, length), pa.int32()), flat)
