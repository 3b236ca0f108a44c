"""One instance, several files: copies are one, and two contents under one UID are a conflict."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from labelport.series.dicom.instances import Instance

_MD5 = re.compile(r"[0-9a-f]{32}\Z")
"""An ETag that is the MD5 of the content: two different ones are two contents."""


@dataclass(frozen=True)
class Told:
    """Instances told apart."""

    unique: list[Instance]
    """One of each UID: the one whose key comes first."""

    copies: list[tuple[Instance, Instance]]
    """A copy, and the instance that it is a copy of."""

    conflicts: list[tuple[Instance, Instance]]
    """Another content under the UID of the second."""

    guessed: set[Instance] = field(default_factory=set)
    """Copies of which only size and first 16 KiB were compared."""


def told_apart(instances: Iterable[Instance]) -> Told:
    """Return instances by SOPInstanceUID; one without a UID stands for itself."""
    by_uid: dict[str, list[Instance]] = defaultdict(list)
    unique: list[Instance] = []
    copies: list[tuple[Instance, Instance]] = []
    conflicts: list[tuple[Instance, Instance]] = []
    for instance in instances:
        if instance.sop_uid:
            by_uid[instance.sop_uid].append(instance)
        else:
            unique.append(instance)
    for same in by_uid.values():
        first, *others = sorted(same, key=lambda instance: instance.order)
        unique.append(first)
        for other in others:
            (copies if same_content(first, other) else conflicts).append((other, first))
    guessed = {copy for copy, kept in copies if copy.token != kept.token}
    return Told(sorted(unique, key=lambda instance: instance.order), copies, conflicts, guessed)


def same_content(one: Instance, other: Instance) -> bool:
    """Return whether two objects hold the same bytes, as far as can be told without reading them whole.

    Equal tokens and sizes are equal contents; different MD5 ETags are different ones. Else equal sizes and
    equal digests of the first 16 KiB: ``Told.guessed`` says so.
    """
    if one.media["size"] != other.media["size"]:
        return False
    if one.token == other.token:
        return True
    if _MD5.match(one.token) and _MD5.match(other.token):
        return False
    digest = one.dicom.get("sample_digest")
    return digest is not None and digest == other.dicom.get("sample_digest")
