"""Rule ``single``: what stands alone; NIfTI volumes, their other halves and their label volumes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from labelport.findings import Finding, finding
from labelport.options import RuleOptions
from labelport.series.contract import Built, RuleContext
from labelport.series.members import MEMBER_COLUMNS, item_row, series_row
from labelport.series.where import admission
from labelport.tables import USABLE

STAGE = "series"
ROLES = {"video": "video", "audio": "audio"}
"""Role by kind of media; image for all others."""

LABEL_ENDINGS = ("_seg", "_label", "_mask", "_dseg")
VOLUMES = (".nii.gz", ".nii")
HEADERS = {".hdr": ".img", ".HDR": ".IMG", ".hdr.gz": ".img.gz"}
"""Extension of the header of a pair, and of the other half."""

AXES = ("x", "y", "z", "t", "u", "v", "w")
AFFINE_MM = 1e-3
"""Two affines are the same within this: writers round differently."""


class SingleOptions(RuleOptions):
    """Options of the rule ``single``."""

    rule: Literal["single"] = "single"
    label_of: Literal["auto", "none"] = Field(
        "auto",
        description="auto: <stem>_seg.nii.gz beside <stem>.nii.gz is its label volume; none: a volume of its own.",
    )


class SingleRule:
    """One object, one series; the group key is the object's key.

    A label volume and the ``.img`` of a pair lie in other groups, or in none: an ``.img`` alone cannot be
    told from any other unknown bytes. So ``refs`` names them, and ``build`` sees whether they are there.
    """

    name = "single"
    version = "1"
    columns = (*MEMBER_COLUMNS, "frames", "nifti", "dicom")
    Options = SingleOptions

    def __init__(self, options: SingleOptions, context: RuleContext) -> None:
        self._options = options
        self._context = context
        self._admission = admission(options.where)

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return the key of every object of a known kind."""
        unknown = pc.is_in(media.column("kind").cast(pa.string()), value_set=pa.array(["unknown", "archive", None]))
        return pc.if_else(unknown, pa.scalar(None, pa.string()), media.column("key"))

    def refs(self, group_key: str) -> list[str]:
        """Return the other half of a pair, the label volumes of a volume, or the volume of a label."""
        for header, image in HEADERS.items():
            if group_key.endswith(header):
                return [group_key.removesuffix(header) + image]
        stem, extension = _volume_name(group_key)
        if self._options.label_of == "none" or not extension:
            return []
        if stem.endswith(LABEL_ENDINGS):
            return [_image_stem(stem) + other for other in VOLUMES]
        return [stem + ending + other for ending in LABEL_ENDINGS for other in VOLUMES]

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:
        """Return the series of one object; none for a label volume, which is a row of its image's series."""
        (row,) = rows.to_pylist()
        volume = row["nifti"] if row["kind"] == "nifti" else None
        around = context.to_pylist() if volume else []
        volumes = [other for other in around if self._may_claim(other)]
        if any(_is_label_of(row, image) for image in volumes):
            return Built([], [])
        dims = _dims(volume)
        is_volume = len(dims) > 2
        series = series_row(
            self._context,
            self.name,
            group_key,
            kind="volume" if is_volume else "single",
            members=[row],
            items=1,
            dims=dims if is_volume else (),
            attributes=_attributes(row),
        )
        name = series["series_id"]
        items = [item_row(name, 0, ROLES.get(row["kind"], "image"), row)]
        labels = [other for other in volumes if _is_label_of(other, row)]
        halves = around if volume and volume["pair"] else []
        for role, others in (("label", labels), ("partial", halves)):
            items += [
                item_row(name, index, role, other, of_index=0, label_this=False) for index, other in enumerate(others)
            ]
        is_half = volume is not None and volume["pair"] and not halves
        return Built([series], items, [_half_pair(group_key, name)] if is_half else ())

    def _may_claim(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row of the context is a volume of this rule: no image vanishes into what is no series."""
        is_volume = row["kind"] == "nifti" and row["status"] in USABLE
        return is_volume and self._admission.admits(row["kind"], row["format"], row["key"])

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: what is left over is counted by the stage."""
        return ()


def _half_pair(key: str, series: str) -> Finding:
    return finding(
        "nifti.half_pair",
        stage=STAGE,
        file=key,
        series_id=series,
        message="This is the header of a pair, and its .img is not beside it.",
    )


def _volume_name(key: str) -> tuple[str, str]:
    """Return stem and extension of a NIfTI volume in one file; no extension where the name is of none."""
    for extension in VOLUMES:
        if key.endswith(extension):
            return key.removesuffix(extension), extension
    return key, ""


def _image_stem(stem: str) -> str:
    return next(stem.removesuffix(ending) for ending in LABEL_ENDINGS if stem.endswith(ending))


def _is_label_of(label: Mapping[str, Any], image: Mapping[str, Any]) -> bool:
    """Return whether one volume is surely the labels of another; unsure: both are volumes.

    The name is that of the image with an ending, voxels are integers, shape and affine are the same.
    """
    one, two = label["nifti"], image["nifti"]
    stem, extension = _volume_name(label["key"])
    of, of_extension = _volume_name(image["key"])
    if not (one and two and extension and of_extension and stem.endswith(LABEL_ENDINGS)) or _image_stem(stem) != of:
        return False
    if of.endswith(LABEL_ENDINGS):  # a mask of a mask: neither is the image
        return False
    return (
        str(one["dtype"]).startswith(("int", "uint"))
        and (one["dims"] or [])[:3] == (two["dims"] or [])[:3]
        and _same_affine(one["affine"], two["affine"])
    )


def _same_affine(one: Sequence[float] | None, two: Sequence[float] | None) -> bool:
    if one is None or two is None or len(one) != len(two):
        return False
    return all(abs(a - b) <= AFFINE_MM for a, b in zip(one, two, strict=True))


def _dims(volume: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    """Return named axes, those of size 1 at the end cut off."""
    sizes = list(volume["dims"] or ()) if volume else []
    while sizes and sizes[-1] == 1:
        sizes.pop()
    return list(zip(AXES, sizes, strict=False))


def _attributes(row: Mapping[str, Any]) -> dict[str, str]:
    dicom = row["dicom"] or {}
    return {name: dicom[name] for name in ("modality", "body_part") if dicom.get(name)}
