"""Whether what was read back of an export of volumes is, voxel by voxel, what was written."""

from collections.abc import Mapping, Sequence

import numpy as np

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Format
from labelport.annotations.holds import KEPT
from labelport.annotations.said import Said
from labelport.annotations.volumes.gathering import Drawn, drawn_volumes
from labelport.annotations.volumes.image_volume import Volumes
from labelport.annotations.writing import Grids
from labelport.findings import Finding
from labelport.options import AnnotationOptions
from labelport.testing.annotation_exchange import read_back, written
from labelport.testing.annotation_volumes import Voxels

Classes = Mapping[str, Voxels]
"""Voxels by the name of the class; those that have none are not there."""

Place = tuple[str, str]
"""(series id, "") of a series; ("", name) of a volume whose images are not known."""


def voxels_of(given: AnnotationSet, volumes: Volumes) -> dict[Place, Classes]:
    """Return what is on each image volume of a set; structures of one name are united."""
    found = {}
    for drawn in drawn_volumes(given, volumes, Said()):
        image = drawn.image
        found[image.series_id, "" if image.known else image.keys[0]] = _classes(drawn)
    return found


def voxels_lost_silently(
    chosen: Format,
    given: AnnotationSet,
    options: AnnotationOptions,
    grids: Grids,
    *,
    plain: AnnotationSet | None = None,
) -> list[str]:
    """Return in words what an export lost of a set of volumes and did not tell; nothing where all is well.

    A volume may be left out where a finding other than ``loss.*`` names it. ``plain``: something in the set has a name that need not be held:
    a finding that the export of ``plain`` has not excuses it.
    """
    assert chosen.holds is not None
    files, told = written(chosen, given, options, grids=grids)
    back, findings = read_back(chosen, files, options, None, volumes=grids.volumes)
    faults = [f"reading it back: {each.code} {each.message}" for each in findings if each.severity == "error"]
    faults += _of_volumes(voxels_of(given, grids.volumes), voxels_of(back, grids.volumes), told)
    if chosen.holds.categories == KEPT:
        before, after = (list(dict.fromkeys(each.categories.column("name").to_pylist())) for each in (given, back))
        if before != after and files:
            faults.append(f"the categories were {before} and are {after}")
    if plain is not None:
        codes, usual = {each.code for each in told}, written(chosen, plain, options, grids=grids)[1]
        if codes - {each.code for each in usual}:
            return []
    return faults


def _of_volumes(before: dict[Place, Classes], after: dict[Place, Classes], told: Sequence[Finding]) -> list[str]:
    faults = [f"{place}: nobody wrote this volume" for place in after.keys() - before.keys() if place[0]]
    strange = [classes for (series, _), classes in after.items() if not series]
    for place, classes in before.items():
        if _is_refused(place, told):
            continue
        if place[0]:
            faults += [f"{place}: {words}" for words in _differences(classes, after.get(place))]
        # What nobody knows may be called in another way.
        elif any(not _differences(classes, each) for each in strange):
            strange.remove(next(each for each in strange if not _differences(classes, each)))
        else:
            faults.append(f"{place}: no volume is as it was")
    return faults + [f"a volume that nobody wrote, of {list(classes)}" for classes in strange]


def _is_refused(place: Place, told: Sequence[Finding]) -> bool:
    name = place[0] or place[1]
    return any(
        any(name in words for words in (each.file or "", each.message, each.value or ""))
        for each in told
        if not each.code.startswith("loss.")
    )


def _differences(classes: Classes, other: Classes | None) -> list[str]:
    if other is None:
        return ["the volume is gone"] if classes else []
    faults = [f"class {name!r} is new" for name in other.keys() - classes.keys()]
    for name, voxels in classes.items():
        if name not in other:
            faults.append(f"class {name!r} is gone")
        elif other[name].shape != voxels.shape:
            faults.append(f"class {name!r} has the shape {other[name].shape}, not {voxels.shape}")
        elif (wrong := int((other[name] != voxels).sum())) > 0:
            faults.append(f"class {name!r}: {wrong} voxels differ")
    return faults


def _classes(drawn: Drawn) -> Classes:
    columns, rows, planes = drawn.image.shape
    found: dict[str, Voxels] = {}
    for structure in drawn.structures:
        for plane, patch in structure.patches.items():
            whole = found.setdefault(structure.name, np.zeros((planes, rows, columns), np.uint8))
            whole[plane] |= patch.onto(rows, columns)
    return found
