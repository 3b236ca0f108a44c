"""Rule ``dicom``: stacks by geometry, volumes over time, clips and single images of a study."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from labelport.findings import Finding, finding
from labelport.options import RuleOptions
from labelport.privacy import series_id
from labelport.probing.dicom.classes import IMAGES, LINKED
from labelport.series.contract import Built, RuleContext
from labelport.series.dicom.drafts import drafts_of
from labelport.series.dicom.grouping import by_series
from labelport.series.dicom.identity import Told, told_apart
from labelport.series.dicom.instances import MEDIA_COLUMNS, Instance, instances_of
from labelport.series.dicom.links import link_labels
from labelport.series.dicom.rows import Draft, Entry, item_rows, series_row
from labelport.series.members import folder_of

STAGE = "series"
FOLDER = "folder:"


class DicomOptions(RuleOptions):
    """Options of the rule ``dicom``."""

    rule: Literal["dicom"] = "dicom"
    merge_per_slice_series: bool = Field(
        False, description="Join series of one image each where SeriesNumber, shape and orientation agree."
    )


class DicomRule:
    """A study is a group; its series are split and ordered by what the images say of themselves."""

    name = "dicom"
    version = "dicom-1"
    columns: tuple[str, ...] = MEDIA_COLUMNS
    Options: type[RuleOptions] = DicomOptions

    def __init__(self, options: DicomOptions, context: RuleContext) -> None:
        self._options = options
        self._context = context

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return the study of images and of what refers to them; ``folder:<folder>`` where there is none.

        Doses, plans, waveforms and documents are left to other rules.
        """
        taken = pc.is_in(pc.struct_field(media["dicom"], "class"), value_set=pa.array(sorted(IMAGES | LINKED)))
        is_dicom = pc.equal(media["kind"].cast(pa.string()), "dicom")
        claimed = pc.fill_null(pc.and_kleene(taken, is_dicom), False).to_pylist()
        studies = pc.struct_field(media["dicom"], "study_uid").to_pylist()
        keys = media["key"].to_pylist()
        named = [
            (study or FOLDER + folder_of(key)) if yes else None
            for yes, study, key in zip(claimed, studies, keys, strict=True)
        ]
        return pa.array(named, pa.string())

    def refs(self, group_key: str) -> list[str]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: all that belongs together is in one study."""
        return []

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:  # noqa: ARG002
        """Return series, items and findings of a study."""
        instances = instances_of(rows)
        images = [instance for instance in instances if instance.dicom.get("class") in IMAGES]
        told = told_apart(images)
        drafts: list[Draft] = []
        grouped = by_series(told.unique, merge_per_slice=self._options.merge_per_slice_series)
        for series, members in sorted(grouped.items()):
            made = drafts_of(series, _joined(members))
            for draft in made:
                if any("series_uid" not in instance.dicom for instance in draft.instances):
                    draft.flags.add("no_series_uid")
                if group_key.startswith(FOLDER):
                    draft.flags.add("no_study_uid")
            drafts += made
        _add_copies(drafts, told)
        labels = [one for one in instances if one.dicom.get("class") in LINKED]
        told_labels = told_apart(labels)
        absent = link_labels(drafts, [*told_labels.unique, *(other for other, _ in told_labels.conflicts)])
        for copy, kept in told_labels.copies:
            for draft in drafts:
                if any(entry.instance is kept for entry in draft.labels):
                    draft.duplicates.append(Entry(copy))
        return self._built(group_key, drafts, absent)

    def _built(self, group_key: str, drafts: Sequence[Draft], absent: Sequence[Instance]) -> Built:
        parent = None if group_key.startswith(FOLDER) else group_key
        series: list[dict[str, Any]] = []
        items: list[dict[str, Any]] = []
        findings: list[Finding] = []
        for draft, part in zip(drafts, _distinct_parts(drafts), strict=True):
            made = series_id(
                dataset=self._context.dataset,
                rule=self.name,
                group_key=group_key,
                part=part,
                key=self._context.hmac_key,
            )
            series.append(series_row(draft, made, group_key, parent))
            items += item_rows(draft, made)
            findings += _findings(draft, made)
        findings += [
            finding("series.link_absent", stage=STAGE, file=label.key, message=_absent(label)) for label in absent
        ]
        series.sort(key=lambda row: row["series_id"])
        items.sort(key=lambda row: (row["series_id"], row["index"], row["role"]))
        return Built(series, items, findings)

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:  # noqa: ARG002
        """Return nothing: all findings are about groups."""
        return ()


def _joined(members: list[Instance]) -> list[Instance]:
    """Return instances with the parts of a concatenation one after another."""
    return sorted(
        members,
        key=lambda one: (one.dicom.get("concatenation_uid") or "", one.dicom.get("in_concatenation_number") or 0),
    )


def _add_copies(drafts: Sequence[Draft], told: Told) -> None:
    """Put copies and conflicting objects into the series of the instance whose UID they have."""
    place: dict[Instance, tuple[Draft, int | None]] = {}
    for draft in drafts:
        for entry in draft.partial:
            place.setdefault(entry.instance, (draft, None))
    for draft in drafts:
        seen = {entry.instance: index for index, entry in reversed(list(enumerate(draft.entries)))}
        for instance, index in seen.items():
            if instance not in place or place[instance][1] is None:
                place[instance] = (draft, index)
    for copy, kept in sorted(told.copies, key=lambda pair: pair[0].order):
        draft, at = place[kept]
        draft.duplicates.append(Entry(copy, of_index=at))
    for other, kept in sorted(told.conflicts, key=lambda pair: pair[0].order):
        draft, at = place[kept]
        draft.partial.append(Entry(other, of_index=at))
        draft.flags.add("uid_conflict")
        words = "Another object has the same SOPInstanceUID and other content; it is in no volume."
        draft.notes.append(("series.uid_conflict", words, f"{kept.key}, {other.key}", 1))


def _distinct_parts(drafts: Sequence[Draft]) -> list[str]:
    """Return the part of each series; two that round to one part are told apart by their least member."""
    alike: dict[str, int] = defaultdict(int)
    for draft in drafts:
        alike[draft.part] += 1
    parts = []
    for draft in drafts:
        part = draft.part
        if alike[part] > 1:
            least = min(draft.instances, key=lambda instance: instance.order)
            frame = min((entry.frame or 0 for entry in draft.entries if entry.instance is least), default=0)
            part = f"{part}{least.sop_uid or least.key}#{frame}"
        parts.append(part)
    return parts


def _findings(draft: Draft, made: str) -> list[Finding]:
    first = draft.entries[0].instance
    return [
        finding(
            code,
            stage=STAGE,
            store=first.store,
            file=first.key,
            pointer=made,
            series_id=made,
            message=message,
            value=value,
            count=count,
        )
        for code, message, value, count in draft.notes
    ]


def _absent(label: Instance) -> str:
    kind = str(label.dicom.get("class"))
    named = "names a series that is not here" if label.dicom.get("referenced_series_uid") else "names no series"
    return f"A {kind} {named}, and nothing here has its frame of reference."
