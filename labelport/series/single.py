"""Rule ``single``: what stands alone; NIfTI volumes, their other halves and their label volumes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from labelport.findings import Finding, finding
from labelport.options import RuleOptions
from labelport.series.contract import Built, RuleContext
from labelport.series.members import MEMBER_COLUMNS, item_row, series_row
from labelport.series.nifti.affine import Fault
from labelport.series.nifti.halves import lone_halves
from labelport.series.nifti.names import halves_of, image_keys, is_header, is_other_half, label_keys
from labelport.series.nifti.volumes import bytes_promised, is_label_of, judged, named_dims
from labelport.series.plain import Tables
from labelport.series.where import admission
from labelport.tables import USABLE

STAGE = "series"
ROLES = {"video": "video", "audio": "audio"}
"""Role by kind of media; image for all others."""

Row = Mapping[str, Any]


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
    version = "2"
    columns = (*MEMBER_COLUMNS, "size", "frames", "flags", "nifti", "dicom")
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
        refs = halves_of(group_key)
        if self._options.label_of == "none":
            return refs
        images = image_keys(group_key)
        if images:
            return [*refs, *images]
        labels = label_keys(group_key)
        return [*refs, *labels, *(half for label in labels for half in halves_of(label))]

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:
        """Return the series of one object; none for a label volume, which is a row of its image's series."""
        (row,) = rows.to_pylist()
        around = {other["key"]: other for other in context.to_pylist()}
        volumes = [other for other in around.values() if self._may_claim(other)]
        if _is_half_of(row, volumes) or (row["kind"] == "nifti" and any(is_label_of(row, image) for image in volumes)):
            return Built([], [])
        if row["kind"] == "nifti" and row["nifti"]:
            return self._volume(row, around, [other for other in volumes if is_label_of(other, row)])
        series = series_row(
            self._context, self.name, group_key, kind="single", members=[row], items=1, attributes=_attributes(row)
        )
        return Built([series], [item_row(series["series_id"], 0, ROLES.get(row["kind"], "image"), row)])

    def _volume(self, row: Row, around: Mapping[str, Row], labels: Sequence[Row]) -> Built:
        volume = row["nifti"]
        attributes, faults = judged(row)
        halves = [_half(one, around) for one in (row, *labels) if one["nifti"]["pair"]]
        if volume["pair"]:
            faults += _half_faults(row, halves[0])
        dims = named_dims(volume)
        is_volume = len(dims) > 2
        flags = {fault.flag for fault in faults}
        series = series_row(
            self._context,
            self.name,
            row["key"],
            kind="volume" if is_volume else "single",
            members=[row],
            items=1,
            flags=flags | ({"damaged"} if "truncated" in flags else set()),
            dims=dims if is_volume else (),
            attributes=attributes,
        )
        name = series["series_id"]
        items = [item_row(name, 0, "image", row)]
        for role, others in (("label", labels), ("partial", [half for half in halves if half is not None])):
            items += [
                item_row(name, index, role, other, of_index=0, label_this=False) for index, other in enumerate(others)
            ]
        told = [(row, faults), *((label, judged(label)[1]) for label in labels)]
        return Built([series], items, [_finding(fault, of["key"], name) for of, found in told for fault in found])

    def _may_claim(self, row: Row) -> bool:
        """Return whether a row of the context is a volume of this rule: no image vanishes into what is no series."""
        is_volume = row["kind"] == "nifti" and row["status"] in USABLE
        return is_volume and self._admission.admits(row["kind"], row["format"], row["key"])

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: what is left over is counted by the stage."""
        return ()

    def inspect(self, media: Tables, statuses: Mapping[str, int]) -> Iterable[Finding]:
        """Return which ``.img`` lie without their header."""
        if not any(statuses.get(status) for status in ("not_media", "unsupported", "empty")):
            return ()
        return lone_halves(media, lambda key: self._admission.admits("nifti", "nifti1", key))


def _is_half_of(row: Row, volumes: Sequence[Row]) -> bool:
    """Return whether voxels that look like something else (a sound, a text) are those of a pair beside them."""
    if not is_other_half(row["key"]) or row["kind"] == "nifti":
        return False
    return any(header["nifti"]["pair"] and halves_of(header["key"])[:1] == [row["key"]] for header in volumes)


def _half(row: Row, around: Mapping[str, Row]) -> Row | None:
    """Return the voxels of a pair, null where they are not beside the header."""
    if not is_header(row["key"]):
        return None
    return next((around[key] for key in halves_of(row["key"]) if key in around), None)


def _half_faults(row: Row, half: Row | None) -> list[Fault]:
    if half is None:
        words = "This is the header of a pair, and its .img is not beside it."
        if not is_header(row["key"]):
            words = "This is the header of a pair under another name than .hdr: its .img is not looked for."
        return [Fault("nifti.half_pair", words)]
    promised = bytes_promised(row["nifti"])
    is_plain = half["key"].lower().endswith(".img")
    if promised is None or not is_plain or half["size"] >= promised:
        return []
    words = f"{promised - half['size']:,} bytes of its voxels are missing in the .img."
    return [Fault("nifti.truncated", words, f"{half['size']} of {promised}")]


def _finding(fault: Fault, key: str, series: str) -> Finding:
    return finding(fault.code, stage=STAGE, file=key, series_id=series, message=fault.words, value=fault.value)


def _attributes(row: Row) -> dict[str, str]:
    dicom = row["dicom"] or {}
    return {name: dicom[name] for name in ("modality", "body_part") if dicom.get(name)}
