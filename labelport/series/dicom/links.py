"""Objects that refer to a series: structure sets, segmentations, reports, presentation states."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from labelport.series.dicom.instances import Instance
from labelport.series.dicom.rows import Draft, Entry


def link_labels(drafts: Sequence[Draft], labels: Iterable[Instance]) -> list[Instance]:
    """Add each label object to the series that it refers to; return those that refer to nothing here.

    By every series that it names and that is here, else by frame of reference. Localizers under one name are
    passed over where there is anything else.
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
        chosen = [draft for uid in referenced_series(label) for draft in _best(by_uid.get(uid, []))]
        if not chosen:
            chosen = list(_best(by_reference.get(label.dicom.get("frame_of_reference_uid") or "", [])))
        for draft in {id(draft): draft for draft in chosen}.values():
            draft.labels.append(Entry(label))
        if not chosen:
            absent.append(label)
    return absent


def referenced_series(label: Instance) -> Sequence[str]:
    """Return the series that an object names, as the catalogue has them."""
    several: list[str] | None = label.dicom.get("referenced_series_uids")
    first: str | None = label.dicom.get("referenced_series_uid")
    return several or ([first] if first else [])


def _best(found: Sequence[Draft]) -> Sequence[Draft]:
    return [draft for draft in found if "localizer" not in draft.flags] or found
