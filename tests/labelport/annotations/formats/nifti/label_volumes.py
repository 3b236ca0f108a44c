"""Small volumes of labels made with nibabel, read against images of known grids."""

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nibabel
import numpy as np

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, ReadContext
from labelport.annotations.detecting import Taken
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.nifti import NIFTI_INDEX, NIFTI_ONEHOT
from labelport.annotations.formats.nifti.label_list import Label
from labelport.annotations.formats.nifti.reading import Volume, read_volume
from labelport.annotations.joining import joined
from labelport.annotations.matching import Matcher
from labelport.annotations.places import placed_nowhere
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume, NoVolumes
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.structures import Labelled
from labelport.findings import Finding
from labelport.geometry import rle
from labelport.geometry.stacks import Stack
from labelport.options import AnnotationOptions
from tests.labelport.annotations.formats.one_file_an_image import index_of

nib: Any = nibabel

Voxels = np.ndarray[Any, Any]

LABELS = [Label(1, "class1"), Label(2, "class2")]
LIST = json.dumps([{"id": 1, "name": "class1"}, {"id": 2, "name": "class2"}]).encode()

AFFINE = np.array([[1.5, 0, 0, -10], [0, 2, 0, -20], [0, 0, 3, 30], [0, 0, 0, 1]])


def base() -> Voxels:
    """Return 5 x 4 x 3 voxels with 8 of class 1 and 8 of class 2, in no symmetry."""
    voxels = np.zeros((5, 4, 3), np.uint8)
    voxels[1:3, 1:3, 0:2] = 1
    voxels[3, :, 1:] = 2
    return voxels


def volume_bytes(
    voxels: Voxels,
    affine: Voxels | None = AFFINE,
    *,
    version: int = 1,
    big_endian: bool = False,
    compress: bool = True,
    qform: int = 1,
) -> bytes:
    """Return a NIfTI file; ``affine`` null: nothing says where the voxels lie."""
    kind, header_kind = (nib.Nifti1Image, nib.Nifti1Header) if version == 1 else (nib.Nifti2Image, nib.Nifti2Header)
    header = header_kind(endianness=">" if big_endian else "<")
    header.set_data_dtype(voxels.dtype)
    image = kind(voxels, np.eye(4) if affine is None else affine, header=header, dtype=voxels.dtype)
    image.set_sform(image.affine, 0 if affine is None else 1)
    image.set_qform(image.affine, 0 if affine is None else qform)
    body: bytes = image.to_bytes()
    return gzip.compress(body, 1, mtime=0) if compress else body


def changed(body: bytes, field: str, value: Any) -> bytes:
    """Return an uncompressed little-endian NIfTI-1 file with another value of a header field; nothing is checked."""
    header = np.frombuffer(body[:348], nib.nifti1.header_dtype.newbyteorder("<")).copy()
    header[field] = value
    return header.tobytes() + body[348:]


def onehot(voxels: Voxels, labels: Sequence[int] = (1, 2)) -> Voxels:
    """Return class-index voxels as channels, the last axis."""
    return np.stack([voxels == label for label in labels], -1).astype(np.uint8)


def image(
    shape: tuple[int, int, int] = (5, 4, 3),
    affine: Voxels | None = AFFINE,
    *,
    key: str = "a.nii.gz",
    series_id: str = "single-a",
    oriented: bool = True,
) -> ImageVolume:
    """Return an image volume of NIfTI."""
    placed = np.eye(4) if affine is None else affine
    planes = range(shape[2])
    stack = Stack.of_affine(placed, shape)
    return ImageVolume(
        series_id, "nifti", stack, placed, [key] * shape[2], list(planes), [0] * shape[2], oriented=oriented
    )


def slices(folder: str, *, series_id: str, affine: Voxels | None = AFFINE, names: str = "{:03}.dcm") -> ImageVolume:
    """Return an image volume of DICOM slices of 5 x 4 pixels, three of them."""
    stack = Stack.of_affine(AFFINE, (5, 4, 3))
    keys = [f"{folder}/{names.format(number)}" for number in range(3)]
    return ImageVolume(series_id, "dicom", stack, affine, keys, [None] * 3, list(range(3)))


@dataclass(frozen=True)
class Result:
    """What came of a volume."""

    labelled: Labelled | None
    findings: list[Finding]

    @property
    def codes(self) -> list[str]:
        """Return the codes of the findings."""
        return [each.code for each in self.findings]

    @property
    def voxels(self) -> dict[str, Voxels]:
        """Return the voxels of each structure by its number, on the image, shape (x, y, z)."""
        assert self.labelled is not None, self.findings
        return dense(self.labelled)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many voxels each structure has."""
        return {number: int(voxels.sum()) for number, voxels in self.voxels.items()}

    def counts_only(self) -> dict[str, int]:
        """Return how many voxels each structure has, without holding them."""
        assert self.labelled is not None, self.findings
        return {each.number: each.voxels for each in self.labelled.structures}


def dense(labelled: Labelled) -> dict[str, Voxels]:
    """Return structures as arrays of shape (x, y, z) of the image, by number."""
    columns, rows, planes = labelled.image.shape
    made = {}
    for structure in labelled.structures:
        voxels = np.zeros((columns, rows, planes), np.uint8)
        for plane, patch in structure.patches.items():
            voxels[:, :, plane] = patch.onto(rows, columns).T
        assert structure.voxels == voxels.sum()
        made[structure.number] = voxels
    return made


def context_of(images: Sequence[ImageVolume] | None, **options: Any) -> ReadContext:
    """Return what reads against images; null: none were named."""
    said, given = Said(), AnnotationOptions(**options)
    if images is None:
        return ReadContext(given, said, placed_nowhere, NoVolumes())
    keys = dict.fromkeys(key for each in images for key in each.keys)
    place = Matcher(index_of(dict.fromkeys(keys, (5, 4))), given, said)
    return ReadContext(given, said, place, known_volumes(images))


def read_one(
    body: bytes | AnnotationFile,
    images: Sequence[ImageVolume] | None = None,
    *,
    name: str = "a.nii.gz",
    layout: Any = "index",
    labels: Sequence[Label] = LABELS,
    other: bytes | None = None,
    most: int = 8 << 30,
    **options: Any,
) -> Result:
    """Return what a volume says; ``images``: those of the dataset, null where none were named."""
    context = context_of(images, **options)
    file = in_memory(name, body) if isinstance(body, bytes) else body
    half = None if other is None else in_memory("other.img", other)
    found = read_volume(Volume(file, labels, layout, half, most), context)
    return Result(found, context.said.findings())


def claims_of(bodies: Mapping[str, bytes], *, told: bool = False) -> dict[str, list[Claim]]:
    """Return the claims of both layouts by format id."""
    files = [in_memory(name, body) for name, body in bodies.items()]
    return {each.id: each.claims(files, told=told) for each in (NIFTI_INDEX, NIFTI_ONEHOT)}


def read_all(
    bodies: Mapping[str, bytes], images: Sequence[ImageVolume] | None = None, *, told: str = "", **options: Any
) -> tuple[AnnotationSet, list[Finding]]:
    """Return the rows and findings of files, through claims and readers; ``told``: the format that a user says."""
    context = context_of(images, **options)
    files = {name: in_memory(name, body) for name, body in bodies.items()}
    readers = [each for each in (NIFTI_INDEX, NIFTI_ONEHOT) if told in ("", each.id)]
    found = [(each, claim) for each in readers for claim in each.claims(list(files.values()), told=bool(told))]
    sets = [read_claim(Taken(each, claim), files, context).parsed.annotations for each, claim in found]
    return joined(sets), context.said.findings()


def rows_as_voxels(given: AnnotationSet, file: str, shape: tuple[int, ...]) -> dict[str, Voxels]:
    """Return what the rows of a file draw, by ``track_id``, shape (x, y, z)."""
    frames = given.images.column("frame").to_pylist()
    made: dict[str, Voxels] = {}
    for row in given.annotations.to_pylist():
        if row["source_file"] == file:
            runs = json.loads(row["segmentation"])
            mask = rle.decode(rle.counts_of_text(runs["counts"].encode()), *runs["size"])
            voxels = made.setdefault(row["track_id"], np.zeros(shape, np.uint8))
            voxels[:, :, frames[row["image_id"]]] = mask.T
    return made


def pair_bytes(voxels: Voxels, affine: Voxels = AFFINE) -> tuple[bytes, bytes]:
    """Return header and voxels of a pair of files."""
    halves = nib.Nifti1Pair.make_file_map()
    for each in halves.values():
        each.fileobj = io.BytesIO()
    nib.Nifti1Pair(voxels, affine, dtype=voxels.dtype).to_file_map(halves)
    return halves["header"].fileobj.getvalue(), halves["image"].fileobj.getvalue()
