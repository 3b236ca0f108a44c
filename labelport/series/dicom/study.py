"""One study: its images told apart, its series made, its copies and label objects put where they belong."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from labelport.findings import Finding, finding
from labelport.privacy import series_id
from labelport.probing.dicom.classes import IMAGES, LINKED
from labelport.series.contract import Built, ItemRows, RuleContext
from labelport.series.dicom.drafts import drafts_of
from labelport.series.dicom.grouping import by_series
from labelport.series.dicom.identity import Told, told_apart
from labelport.series.dicom.instances import Instance
from labelport.series.dicom.links import link_labels
from labelport.series.dicom.plain_drafts import PlainDraft, plain_draft, plain_items
from labelport.series.dicom.plain_stacks import PlainStack
from labelport.series.dicom.rows import Draft, Entry, Note, item_rows, series_row

STAGE = "series"
FOLDER = "folder:"


@dataclass(frozen=True)
class Study:
    """The members of a group."""

    group_key: str
    """StudyInstanceUID as the catalogue has it, or ``folder:<folder>``."""

    instances: Sequence[Instance]
    """Those that are in no plain stack, label objects among them."""

    plain: Sequence[PlainStack]
    rows: pa.Table
    """Media rows that the plain stacks point into."""


def built_study(study: Study, context: RuleContext, *, merge_per_slice: bool) -> Built:
    """Return series, items and findings of a study."""
    told = told_apart(one for one in study.instances if one.dicom.get("class") in IMAGES)
    drafts: list[Draft] = [plain_draft(stack) for stack in study.plain]
    for series, members in sorted(by_series(told.unique, merge_per_slice=merge_per_slice).items()):
        drafts += drafts_of(series, _joined(members))
    for draft in drafts:
        if any("series_uid" not in instance.dicom for instance in draft.instances):
            draft.flags.add("no_series_uid")
        if study.group_key.startswith(FOLDER):
            draft.flags.add("no_study_uid")
    _add_copies(drafts, told)
    absent = _add_labels(drafts, [one for one in study.instances if one.dicom.get("class") in LINKED])
    return _built(study, drafts, absent, context)


def _add_labels(drafts: Sequence[Draft], labels: Sequence[Instance]) -> list[Instance]:
    """Put label objects into the series that they refer to; return those that refer to nothing here."""
    told = told_apart(labels)
    absent = link_labels(drafts, [*told.unique, *(other for other, _ in told.conflicts)])
    if told.copies:
        places: dict[Instance, list[Draft]] = defaultdict(list)
        for draft in drafts:
            for entry in draft.labels:
                places[entry.instance].append(draft)
        for copy, kept in told.copies:
            for draft in places[kept]:
                draft.duplicates.append(Entry(copy))
    return absent


def _built(study: Study, drafts: Sequence[Draft], absent: Sequence[Instance], context: RuleContext) -> Built:
    parent = None if study.group_key.startswith(FOLDER) else study.group_key
    series: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    plain: list[tuple[PlainDraft, str]] = []
    findings: list[Finding] = []
    for draft, part in zip(drafts, _distinct_parts(drafts), strict=True):
        made = series_id(
            dataset=context.dataset, rule="dicom", group_key=study.group_key, part=part, key=context.hmac_key
        )
        series.append(series_row(draft, made, study.group_key, parent))
        items += item_rows(draft, made)
        if isinstance(draft, PlainDraft):
            plain.append((draft, made))
        findings += _findings(draft, made)
    findings += [finding("series.link_absent", stage=STAGE, file=label.key, message=_absent(label)) for label in absent]
    series.sort(key=lambda row: row["series_id"])
    items.sort(key=lambda row: (row["series_id"], row["index"], row["role"]))
    plain.sort(key=lambda pair: pair[1])
    tables: list[ItemRows] = [plain_items(study.rows, plain)] if plain else []
    return Built(series, items, findings, more_items=tables)


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
        if copy in told.guessed:
            draft.flags.add("copies_by_sample")
    for other, kept in sorted(told.conflicts, key=lambda pair: pair[0].order):
        draft, at = place[kept]
        draft.partial.append(Entry(other, of_index=at))
        draft.flags.add("uid_conflict")
        words = "It has the SOPInstanceUID of another object and other content; it is in no volume."
        draft.notes.append(Note("series.uid_conflict", words, f"{kept.key}, {other.key}", at=other))


def _distinct_parts(drafts: Sequence[Draft]) -> list[str]:
    """Return the part of each series; of those that round to one part all but one are named by their least member.

    The one with the least member of all keeps the part as it is: a stack that comes later seldom renames it.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for place, draft in enumerate(drafts):
        alike[draft.part].append(place)
    parts = [draft.part for draft in drafts]
    for places in alike.values():
        if len(places) > 1:
            least = sorted((_least(drafts[place]), place) for place in places)
            for (uid, key, frame), place in least[1:]:
                parts[place] = f"{drafts[place].part}{uid or key.decode('utf-8', 'surrogatepass')}#{frame}"
    return parts


def _least(draft: Draft) -> tuple[str, bytes, int]:
    """Return SOPInstanceUID and key of the least member, and the least of its frames that are items."""
    least = min(draft.instances, key=lambda instance: instance.order)
    frame = min((entry.frame or 0 for entry in draft.entries if entry.instance is least), default=0)
    return (*least.order, frame)


def _findings(draft: Draft, made: str) -> list[Finding]:
    found = []
    for note in draft.notes:
        place = note.at or draft.first
        found.append(
            finding(
                note.code,
                stage=STAGE,
                store=place.store,
                file=place.key,
                pointer=made,
                series_id=made,
                message=note.message,
                value=note.value,
                count=note.count,
            )
        )
    return found


def _absent(label: Instance) -> str:
    kind = str(label.dicom.get("class"))
    named = "names a series that is not here" if label.dicom.get("referenced_series_uid") else "names no series"
    return f"A {kind} {named}, and nothing here has its frame of reference."
