"""Which images belong together before anything is measured: by SeriesInstanceUID, or by folder."""

from collections import defaultdict
from collections.abc import Iterable

from labelport.series.dicom.instances import Instance, Slice, slices_of
from labelport.series.dicom.stacks import stacks_of
from labelport.series.members import folder_of


def by_series(instances: Iterable[Instance], *, merge_per_slice: bool) -> dict[str, list[Instance]]:
    """Return images by series: SeriesInstanceUID, else ``folder:<folder>``.

    ``merge_per_slice``: series of one image each are one where frame of reference, SeriesNumber, shape
    and orientation agree, as ``merged:<frame of reference>:<number>`` (an old Canon fault).
    """
    found: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        found[instance.dicom.get("series_uid") or f"folder:{folder_of(instance.key)}"].append(instance)
    return _merged(found) if merge_per_slice else dict(found)


def _merged(found: dict[str, list[Instance]]) -> dict[str, list[Instance]]:
    candidates: dict[str, list[Slice]] = defaultdict(list)
    for members in found.values():
        dicom = members[0].dicom
        reference, number = dicom.get("frame_of_reference_uid"), dicom.get("series_number")
        if len(members) == 1 and members[0].frames == 1 and reference is not None and number is not None:
            candidates[f"merged:{reference}:{number}"] += slices_of(members[0])
    joined: dict[str, list[Instance]] = defaultdict(list)
    for name, planes in candidates.items():
        for stack in stacks_of(planes):
            if len(stack) > 1:
                joined[name] += [plane.instance for plane in stack]
    taken = {instance for members in joined.values() for instance in members}
    rest = {name: members for name, members in found.items() if members[0] not in taken}
    return rest | dict(joined)
