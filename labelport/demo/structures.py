"""Structures of the drawn chests, true to the voxel because they were drawn: a structure set, and a NIfTI volume."""

import gzip
import json
from collections.abc import Iterator

import numpy as np

from labelport.annotations.contract import WriteContext
from labelport.annotations.formats.rtstruct import RTSTRUCT
from labelport.annotations.formats.rtstruct.options import StructureOptions
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.volumes.identities import Identities
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled, Structure, cropped
from labelport.demo.labels import FOLDER
from labelport.demo.scenes import chest_structures
from labelport.demo.volumes import FILE_NUMBERS, SIZE, SPACING_MM, demo_uid, nifti_affine, nifti_levels
from labelport.geometry.stacks import Stack

NAMES = ("lung_right", "lung_left", "heart", "spine", "body_wall")
COLOURS = ((0, 158, 115), (86, 180, 233), (213, 94, 0), (240, 228, 66), (204, 121, 167))


def structures() -> Iterator[tuple[str, bytes]]:
    """Yield a structure set beside the slices of the phantom, and the classes of the NIfTI chest beside labels.json."""
    yield "dicom/ct_phantom/structures.dcm", structure_set()
    yield f"{FOLDER}/chest/labels.json", json.dumps(_listed(), indent=1).encode() + b"\n"
    yield f"{FOLDER}/chest/chest_seg.nii.gz", _classes()


def structure_set() -> bytes:
    """Return the structure set of the phantom's slices; the wall of the body has holes."""
    count = len(FILE_NUMBERS)
    origins = np.array([[-160.0, -160.0, -30.0 + SPACING_MM * place] for place in range(count)])
    stack = Stack(origins, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), 2.5, 2.5, rows=SIZE, columns=SIZE)
    numbers = list(range(count))
    keys = [f"{number:04d}" for number in FILE_NUMBERS]
    image = ImageVolume("phantom", "dicom", stack, stack.affine(), keys, [None] * count, numbers, ["" for _ in keys])
    drawn = [chest_structures(SIZE, level=1 - place / (count - 1), seed=1) for place in range(count)]
    made = []
    for number, (name, colour) in enumerate(zip(NAMES, COLOURS, strict=True), start=1):
        patches = {place: cropped(each[name]) for place, each in enumerate(drawn)}
        there = {place: patch for place, patch in patches.items() if patch is not None}
        made.append(Structure(name, str(number), there, colour))
    rows = annotation_set([VolumeFile("structures.dcm", [Labelled(image, made)])])
    output = MemoryOutput()
    context = WriteContext(options=StructureOptions(), volumes=known_volumes([image]), identities=_Phantom(count))
    RTSTRUCT.write(rows, output, context)
    return output.files["structures/phantom.dcm"]


class _Phantom:
    """Who the slices of the phantom are."""

    def __init__(self, count: int) -> None:
        self._count = count

    def of(self, image: ImageVolume, *, pseudonyms: bool = False) -> Identities:
        """Return the UIDs that ``volumes.slice_file`` writes."""
        del image, pseudonyms
        slices = [demo_uid("slice", str(place)) for place in range(self._count)]
        classes = ["1.2.840.10008.5.1.4.1.1.2"] * self._count
        return Identities(demo_uid("study"), demo_uid("series"), demo_uid("frame of reference"), classes, slices)

    def own_uid(self, purpose: str, content: bytes) -> str:
        """Return the same UID each time: the demo's bytes do not change."""
        del content
        return demo_uid("structures", purpose)


def _listed() -> list[dict[str, object]]:
    return [{"id": number, "name": name} for number, name in enumerate(NAMES[:4], start=1)]


def _classes() -> bytes:
    """Return the classes of the NIfTI chest: where two were drawn over each other, the later one counts."""
    import nibabel as nib  # noqa: PLC0415  -- only where the demo is written

    planes = []
    for level in nifti_levels():
        drawn = chest_structures(64, level=level, seed=2)
        plane = np.zeros((64, 64), np.uint8)
        for number, name in enumerate(NAMES[:4], start=1):
            plane[drawn[name]] = number
        planes.append(plane)
    image = nib.Nifti1Image(np.stack(planes, axis=-1).transpose(1, 0, 2), nifti_affine())  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm")  # type: ignore[no-untyped-call]
    return gzip.compress(image.to_bytes(), mtime=0)
