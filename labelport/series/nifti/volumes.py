"""What a NIfTI volume is to people: its axes, attributes, and what is odd about its header."""

import math
from collections.abc import Mapping
from typing import Any

from labelport.series.nifti.affine import AXES, MILLIMETRES, Fault, Placement, placement_of, same_place, shown_sizes
from labelport.series.nifti.names import image_keys, image_stem, volume_name

Row = Mapping[str, Any]

LABEL_INTENT = "label"
_BYTES = {
    "binary": 0.125, "uint8": 1, "int8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8,
    "uint64": 8, "float32": 4, "float64": 8, "float128": 16, "complex64": 8, "complex128": 16, "complex256": 32,
    "rgb24": 3, "rgba32": 4,
}  # fmt: skip


def named_dims(volume: Row | None) -> list[tuple[str, int]]:
    """Return named axes, those of size 1 at the end cut off."""
    sizes = list(volume["dims"] or ()) if volume else []
    while sizes and sizes[-1] == 1:
        sizes.pop()
    return list(zip(AXES, sizes, strict=False))


def judged(row: Row) -> tuple[dict[str, str], list[Fault]]:
    """Return attributes of a volume, and what is odd about it."""
    volume, flags = row["nifti"], set(row["flags"] or ())
    place = placement_of(volume, oriented="no_orientation" not in flags)
    return _attributes(volume, place, flags), [*_of_header(row, flags), *place.faults]


def is_label_of(label: Row, image: Row) -> bool:
    """Return whether one volume is surely the labels of another; unsure: both are volumes.

    The name is that of the image with an ending, shape and affine are the same, and voxels are integers or
    declared to be labels: masks are often saved as floats, and the intent says that the values are labels
    all the same. The intent never stands for the name: without it nothing says whose labels they are.
    """
    one, two = label["nifti"], image["nifti"]
    if not one or not two or image["key"] not in image_keys(label["key"]):
        return False
    if image_stem(volume_name(image["key"])[0]) is not None:  # a mask of a mask: neither is the image
        return False
    whole = str(one["dtype"]).startswith(("int", "uint")) or one["dtype"] == "binary"
    if not whole and one["intent"] != LABEL_INTENT:
        return False
    shape = _shape(two)
    units = [set(row["flags"] or ()) & set(MILLIMETRES) for row in (label, image)]
    return _shape(one) == shape and units[0] == units[1] and same_place(one["affine"], two["affine"], shape)


def bytes_promised(volume: Row) -> int | None:
    """Return how many bytes its voxels take; null where that is not known."""
    size = _BYTES.get(volume["dtype"])
    return None if size is None else math.ceil(math.prod(volume["dims"] or [0]) * size)


def _shape(volume: Row) -> list[int]:
    return [*(volume["dims"] or ()), 1, 1, 1][:3]


def _attributes(volume: Row, place: Placement, flags: set[str]) -> dict[str, str]:
    unit = next((factor for flag, factor in MILLIMETRES.items() if flag in flags), 1.0)
    named = {
        "voxel_mm": shown_sizes(place.sizes, unit),
        "orientation": place.orientation,
        "dtype": volume["dtype"],
        "intent": volume["intent"] if volume["intent"] != "none" else None,
    }
    return {name: value for name, value in named.items() if value}


def _of_header(row: Row, flags: set[str]) -> list[Fault]:
    """Return what the probe saw."""
    volume = row["nifti"]
    faults = []
    if "sform_qform_differ" in flags:
        codes = f"sform_code {volume['sform_code']}, qform_code {volume['qform_code']}"
        words = "sform and qform put its voxels in different places; the sform counts."
        faults.append(Fault("nifti.sform_qform_differ", words, codes))
    if "no_orientation" in flags:
        words = "It has neither sform nor qform: voxel sizes alone are known, not which side is left."
        faults.append(Fault("nifti.no_orientation", words))
    if "name_disagrees" in flags:
        words = (
            f"Its name ends in {volume_name(row['key'])[1]}, and its content is {_form(volume)}; the content counts."
        )
        faults.append(Fault("nifti.name_disagrees", words))
    wrong = [AXES[axis] for axis, size in enumerate(volume["pixdim"] or ()) if size is None]
    if wrong:
        words = f"Steps along {', '.join(wrong)} are no finite numbers."
        faults.append(Fault("nifti.bad_number", words, ", ".join(wrong)))
    return faults


def _form(volume: Row) -> str:
    form = "the header of a pair" if volume["pair"] else "a volume in one file"
    return f"{form}, {'compressed by gzip' if volume['compressed'] else 'not compressed'}"
