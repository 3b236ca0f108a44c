"""What a series is made of: instances (one a file), and slices (one a plane: a file, or a frame of one)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

MEDIA_COLUMNS = ("kind", "status", "size", "width", "height", "frames", "fps", "flags", "phi_risk", "dicom")
"""Columns of ``tables.MEDIA`` that the rule reads."""

FIELDS = (
    "class", "sop_class", "transfer_syntax", "study_uid", "series_uid", "sop_uid", "frame_of_reference_uid",
    "referenced_series_uid", "referenced_series_uids", "concatenation_uid", "in_concatenation_number", "in_concatenation_total",
    "sample_digest",
    "modality", "manufacturer", "model", "body_part", "laterality", "view_position", "patient_position",
    "series_description", "study_description", "protocol_name",
    "rows", "columns", "frames", "samples_per_pixel", "photometric", "bits_allocated", "pixel_representation",
    "image_type", "pixel_spacing", "ipp", "iop", "slice_location", "slice_thickness", "spacing_between_slices",
    "instance_number", "series_number", "acquisition_number", "temporal_position", "echo_number", "te", "ti",
    "b_value", "b_vector", "trigger_time", "cardiac_phase_percent", "frame_reference_time", "acquisition_time_s",
    "content_time_s", "gantry_tilt", "complex_component", "ultrasound_regions", "per_frame",
)  # fmt: skip
"""Fields of ``tables.DICOM`` that the rule reads."""

Vector = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Instance:
    """One file."""

    store: str
    key: str
    token: str
    media: dict[str, Any] = field(repr=False)
    """``MEDIA_COLUMNS`` but ``dicom``."""

    dicom: dict[str, Any] = field(repr=False)
    """``FIELDS`` that are not null; in no traceback."""

    @property
    def sop_uid(self) -> str:
        """Return the SOPInstanceUID, empty where there is none."""
        return self.dicom.get("sop_uid") or ""

    @property
    def frames(self) -> int:
        """Return the number of frames, 1 where the file does not say."""
        return max(self.dicom.get("frames") or 1, 1)

    @property
    def order(self) -> tuple[str, bytes]:
        """Return what sorts instances the same way whatever their order was."""
        return self.sop_uid, self.key.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, eq=False)
class Slice:
    """One plane of pixels."""

    instance: Instance
    frame: int | None
    """0-based frame; null: the file is the plane."""

    ipp: Vector | None
    iop: Vector | None
    spacing: Vector | None
    image_type: tuple[str, ...]
    stack_id: str | None = None
    facets: dict[str, Any] = field(default_factory=dict)
    """Values that may tell apart what lies at one position, by name of the tag."""

    @property
    def order(self) -> tuple[int, int, str, bytes, int]:
        """Return what breaks ties: InstanceNumber, SOPInstanceUID, key, frame."""
        number = self.instance.dicom.get("instance_number")
        return (number is None, number or 0, *self.instance.order, self.frame or 0)


def instances_of(rows: pa.Table) -> list[Instance]:
    """Return the instances of a group, sorted by SOPInstanceUID and key."""
    return sorted(in_row_order(rows), key=lambda instance: instance.order)


def in_row_order(rows: pa.Table) -> list[Instance]:
    """Return an instance a row, in their order: of many groups at once, for each call has its price."""
    if not rows.num_rows:
        return []
    dicom = rows["dicom"].combine_chunks() if isinstance(rows["dicom"], pa.ChunkedArray) else rows["dicom"]
    known = {dicom.type.field(place).name for place in range(dicom.type.num_fields)}
    arrays = {name: pc.struct_field(dicom, name) for name in FIELDS if name in known}
    columns = {name: array.to_pylist() for name, array in arrays.items() if array.null_count < len(array)}
    media = {name: rows[name].to_pylist() for name in MEDIA_COLUMNS if name != "dicom"}
    identity = [rows[name].to_pylist() for name in ("store", "key", "token")]
    return [
        Instance(
            identity[0][place],
            identity[1][place],
            identity[2][place],
            {name: column[place] for name, column in media.items()},
            {name: column[place] for name, column in columns.items() if column[place] is not None},
        )
        for place in range(rows.num_rows)
    ]


def slices_of(instance: Instance) -> list[Slice]:
    """Return the planes of an instance: itself, or its frames where these have positions, a list of each."""
    dicom = instance.dicom
    per_frame = dicom.get("per_frame") or []
    if len(per_frame) != instance.frames or not any(frame["ipp"] for frame in per_frame):
        facets = {name: dicom[name] for name in _FACETS if name in dicom}
        return [
            Slice(
                instance, None, _vector(dicom.get("ipp"), 3), _vector(dicom.get("iop"), 6),
                _vector(dicom.get("pixel_spacing"), 2), _kinds(dicom.get("image_type")), facets=facets,
            )
        ]  # fmt: skip
    common = {name: dicom[name] for name in _FACETS if name in dicom}
    return [
        Slice(
            instance,
            number,
            _vector(frame["ipp"], 3),
            _vector(frame["iop"] or dicom.get("iop"), 6),
            _vector(frame["pixel_spacing"] or dicom.get("pixel_spacing"), 2),
            _kinds(frame.get("image_type") or dicom.get("image_type")),
            frame["stack_id"],
            {**common, **{name: frame[name] for name in _FRAME_FACETS if frame.get(name) is not None}},
        )
        for number, frame in enumerate(per_frame)
    ]


_FACETS = (
    "temporal_position", "b_value", "b_vector", "te", "echo_number", "ti", "trigger_time", "cardiac_phase_percent",
    "frame_reference_time", "acquisition_number", "acquisition_time_s", "content_time_s", "complex_component",
)  # fmt: skip
_FRAME_FACETS = (
    "temporal_position", "b_value", "b_vector", "te", "ti", "trigger_time", "cardiac_phase_percent",
    "acquisition_number", "acquisition_time_s", "complex_component", "dimension_index",
)  # fmt: skip


def _vector(numbers: Sequence[float] | None, count: int) -> Vector | None:
    return tuple(numbers) if numbers is not None and len(numbers) == count else None


def _kinds(image_type: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(image_type or ())[:3]
