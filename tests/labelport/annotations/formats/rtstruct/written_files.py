"""What tests of writing share: volumes of images that nobody took, and a reader of contours that is not ours."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pydicom

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import WriteContext
from labelport.annotations.formats.rtstruct import RTSTRUCT
from labelport.annotations.formats.rtstruct.options import StructureOptions
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.volumes.identities import Identities, ImageGone
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled, Structure, cropped
from labelport.findings import Finding
from labelport.geometry.stacks import Stack

CT = "1.2.840.10008.5.1.4.1.1.2"
ROOT = "1.2.826.0.1.77"
"""Of all raw UIDs here: no finding may hold it."""


def volume(stack: Stack, name: str = "a", *, kind: Any = "dicom", frames: Sequence[int] | None = None) -> ImageVolume:
    """Return an image volume; with ``frames`` all planes are of one object."""
    planes = range(stack.planes)
    number = sum(name.encode())
    uids = [f"{ROOT}.{number}.4.{1 if frames else plane + 1}" for plane in planes]
    return ImageVolume(
        f"dicom-{name}",
        kind,
        stack,
        stack.affine(),
        [f"{name}/multi.dcm" if frames else f"{name}/{plane:03}.dcm" for plane in planes],
        frames or [None] * stack.planes,
        list(planes),
        uids,
        f"{ROOT}.{number}.1",
        f"{ROOT}.{number}.2",
        f"{ROOT}.{number}.3",
    )


class Told:
    """Gives the UIDs that the volumes above have; ``gone``: series whose images are not there any more."""

    def __init__(self, *gone: str, key: bytes | None = None) -> None:
        self._gone, self._key = gone, key

    def of(self, image: ImageVolume, *, pseudonyms: bool = False) -> Identities:
        if image.series_id in self._gone:
            raise ImageGone(f"{image.keys[0]} cannot be read: ObjectAbsent")
        if pseudonyms and self._key is None:
            raise ValueError("there is no key")
        shown = [str(each) for each in (image.study_uid, image.series_uid, image.frame_of_reference_uid)]
        sops = [str(each) for each in image.sop_uids]
        if pseudonyms:
            shown, sops = ([self.own_uid("", each.encode()) for each in some] for some in (shown, sops))
        return Identities(shown[0], shown[1], shown[2], [CT] * len(sops), sops)

    def own_uid(self, purpose: str, content: bytes) -> str:
        digest = hashlib.sha256((self._key or b"") + purpose.encode() + content).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def structure(name: str, number: object, mask: Any, **more: Any) -> Structure:
    """Return a structure of a mask of shape (planes, rows, columns)."""
    patches = {plane: patch for plane, each in enumerate(mask) if (patch := cropped(each)) is not None}
    return Structure(name, str(number), patches, **more)


def a_set(on: Mapping[ImageVolume, Sequence[Structure]]) -> AnnotationSet:
    """Return structures on volumes as rows of one file."""
    return annotation_set([VolumeFile("f.dcm", [Labelled(image, some) for image, some in on.items()])])


def written(
    given: AnnotationSet, volumes: Sequence[ImageVolume], identities: Told | None, **options: Any
) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the files of a set, and what was said."""
    output = MemoryOutput()
    context = WriteContext(options=StructureOptions(**options), volumes=known_volumes(volumes), identities=identities)
    RTSTRUCT.write(given, output, context)
    return output.files, context.said.findings()


def written_of(image: ImageVolume, *some: Structure, **options: Any) -> pydicom.Dataset:
    """Return the structure set of structures on one volume as pydicom reads it; nothing must have been said."""
    files, said = written(a_set({image: some}), [image], Told(), **options)
    assert not said
    return read(files[f"structures/{image.series_id}.dcm"])


def read(body: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(body))


def voxels(given: pydicom.Dataset, image: ImageVolume, at: int = 0) -> Any:
    """Return the voxels of an ROI, bool (planes, rows, columns): centres in the patient, one edge after the other."""
    stack = image.stack
    found = np.zeros((stack.planes, stack.rows, stack.columns), bool)
    objects = list(zip(image.sop_uids, image.frames, strict=True))
    for contour in given.ROIContourSequence[at].get("ContourSequence", []):
        (named,) = contour.ContourImageSequence
        frame = named.get("ReferencedFrameNumber")
        plane = objects.index((named.ReferencedSOPInstanceUID, None if frame is None else frame - 1))
        points = np.array([float(each) for each in contour.ContourData]).reshape(-1, 3)
        assert len(points) == contour.NumberOfContourPoints
        away = points - stack.origins[plane]
        assert np.abs(away @ stack.normal).max() < 1e-3, "the contour lies in the plane of its image"
        inside = _inside(away @ stack.along_row, away @ stack.along_column, stack)
        if contour.ContourGeometricType == "CLOSEDPLANAR_XOR":
            found[plane] ^= inside
        else:
            assert contour.ContourGeometricType == "CLOSED_PLANAR"
            found[plane] |= inside
    return found


def _inside(x: Any, y: Any, stack: Stack) -> Any:
    """Return which centres lie inside of a polygon, all in millimetres from the centre of the first pixel."""
    across, down = np.meshgrid(np.arange(stack.columns) * stack.column_mm, np.arange(stack.rows) * stack.row_mm)
    inside = np.zeros(across.shape, bool)
    for xa, ya, xb, yb in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
        crosses = (ya > down) != (yb > down)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (across < xa + (down - ya) / (yb - ya) * (xb - xa))
    return inside


def any_stack(seed: int, planes: int, rows: int, columns: int) -> Stack:
    """Return planes anywhere, turned in any way, tilted and unevenly apart, with pixels of 0.005 to 20 mm."""
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    if seed % 3 == 0:
        turn = np.eye(3)
    normal = np.cross(turn[0], turn[1])
    row_mm, column_mm, apart = np.round(10 ** random.uniform(-2.3, 1.3, 3), 4)
    steps = np.cumsum(random.uniform(0.5, 1.5, planes)) * apart
    tilt = random.uniform(-0.5, 0.5, 2) if seed % 2 else np.zeros(2)
    along = normal + tilt @ turn[:2]
    origin = random.uniform(-1, 1, 3) * random.choice([1, 300, 20_000])
    return Stack(origin + steps[:, None] * along, turn[0], turn[1], float(row_mm), float(column_mm), rows, columns)
