"""Objects that refer to a series: structure sets, segmentations, reports, presentation states."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from labelport.series.dicom.instances import Instance
from labelport.series.dicom.rows import Draft, Entry


def link_labels(drafts: Sequence[Draft], labels: Iterable[Instance]) -> list[Instance]:
    """Add each label object to the series that it refers to; return those that refer to nothing here.

    By the first series that it names, else by frame of reference (localizers are passed over where
    there is anything else).
    """
    by_uid: dict[str, list[Draft]] = defaultdict(list)
    by_reference: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        for uid in {instance.dicom.get("series_uid") for instance in draft.instances}:
            if uid:
                by_uid[uid].append(draft)
        if draft.frame_of_reference:
            by_reference[draft.frame_of_reference].append(draft)
    absent = []
    for label in labels:
        referenced = label.dicom.get("referenced_series_uid")
        found = by_uid.get(referenced, []) if referenced else []
        if not found:
            found = by_reference.get(label.dicom.get("frame_of_reference_uid") or "", [])
        chosen = [draft for draft in found if "localizer" not in draft.flags] or found
        for draft in chosen:
            draft.labels.append(Entry(label))
        if not chosen:
            absent.append(label)
    return absent
