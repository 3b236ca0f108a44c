"""What a series is called: the part that tells it from others of its study, channels, attributes."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from labelport.series.dicom.dimensions import own_split
from labelport.series.dicom.instances import Instance, Slice, Vector
from labelport.series.dicom.stacks import has_geometry

_COMPONENTS = {"P": "phase", "PHASE": "phase", "R": "real", "REAL": "real", "I": "imaginary", "IMAGINARY": "imaginary"}
ATTRIBUTES = (
    "modality", "body_part", "laterality", "view_position", "patient_position", "manufacturer", "model",
    "series_number", "series_description", "study_description", "protocol_name",
)  # fmt: skip
"""Fields of ``tables.DICOM`` that are shown where all members share them."""


def part_of(series: str, planes: Sequence[Slice], split: Sequence[str], *, alone: str = "") -> str:
    """Return the JSON array of what tells stacks of a study apart; never of which members there are.

    ``alone``: the SOPInstanceUID of an object that is a series by itself. Directions and spacing are
    those of the plane with the least SOPInstanceUID, rounded, so that a late slice renames nothing. Its echo and
    b-value stand in the part before there is another volume that they tell it from: a second echo that arrives
    later does not rename the first.
    """
    least = min(planes, key=lambda plane: (*plane.instance.order, plane.frame or 0))
    dicom = least.instance.dicom
    directions = _directions(least.iop) if least.iop is not None and has_geometry(least) else None
    names = ("rows", "columns", "samples_per_pixel", "photometric", "bits_allocated", "pixel_representation")
    own = own_split(least)
    body = [
        series,
        *(dicom.get(name) for name in names),
        dicom.get("frame_of_reference_uid"),
        list(least.image_type),
        least.stack_id,
        directions,
        [float(f"{value:.3g}") for value in least.spacing] if least.spacing else None,
        *own,
        # What lacks the value is told from what has it without a word: it may have come first.
        *(word for word in split if word not in own and not word.endswith("=none")),
        *([alone] if alone else []),
    ]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _directions(iop: Vector) -> list[float]:
    """Return the row and the column direction: stacks that are turned in their plane have one normal."""
    return [_rounded(value / math.hypot(*part)) for part in (iop[:3], iop[3:]) for value in part]


def _rounded(value: float) -> float:
    return round(round(value / 0.05) * 0.05, 2) + 0.0  # + 0.0: no -0.0


def channel_of(planes: Sequence[Slice], split: Sequence[str]) -> str | None:
    """Return what split a volume from others, as ``EchoTime=4.92``; phase, real and imaginary by name."""
    words = [word.removeprefix("component=") for word in split]
    component = _COMPONENTS.get(planes[0].image_type[2]) if len(planes[0].image_type) > 2 else None
    if component and component not in words:
        words.append(component)
    return ", ".join(words) or None


def attributes_of(instances: Iterable[Instance]) -> dict[str, str]:
    """Return the allow-listed values that all members share."""
    members = list(dict.fromkeys(instances))
    found: dict[str, str] = {}
    for name in ATTRIBUTES:
        values = {text_of(member.dicom.get(name)) for member in members}
        if len(values) == 1 and (value := values.pop()):
            found[name] = value
    spacings = {tuple(member.dicom.get("pixel_spacing") or ()) for member in members}
    several_regions = any((member.dicom.get("ultrasound_regions") or 0) > 1 for member in members)
    if len(spacings) == 1 and not several_regions and (pair := spacings.pop()):
        found["pixel_spacing_mm"] = spacing_text(pair)
    return found


def spacing_text(spacing: Sequence[float]) -> str:
    """Return a pixel spacing as ``0.7 0.7``: millimetres between rows, and between columns."""
    return " ".join(f"{value:g}" for value in spacing)


def text_of(value: Any) -> str:
    """Return a value as it is shown, nothing for null."""
    return "" if value is None else str(value)
