"""What the tables keep of a whole file of volume labels: its grid, and its structures, empty ones too."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.structures import Labelled
from labelport.geometry.rings import MOST_PIXELS
from labelport.geometry.stacks import GeometryFault, Stack

MARK = "labelport_volume"

MOST_PLANES = 1 << 20
"""Planes of a grid that is made from its document alone."""


class Listed(msgspec.Struct, frozen=True):
    """A structure as a document lists it."""

    number: str
    name: str
    voxels: int
    colour: tuple[int, int, int] | None = None


class Grid(msgspec.Struct, frozen=True):
    """An image volume as a document keeps it."""

    series_id: str
    kind: str
    key: str
    """Of the first plane; of an unknown image how it is called."""
    shape: tuple[int, int, int]
    affine: list[float] | None
    oriented: bool
    structures: list[Listed]
    place: str = ""
    """Hash of where the planes lie, and which objects they are (``place_of``)."""


class Document(msgspec.Struct, frozen=True, rename={"version": MARK}):
    """The document of a file of volume labels."""

    version: int
    grids: list[Grid]
    object: str = ""
    extras: dict[str, Any] = {}


def document_of(labelled: Sequence[Labelled], object_hash: str, extras: Mapping[str, Any]) -> bytes:
    """Return the document, JSON."""
    return msgspec.json.encode(Document(1, [_grid(one) for one in labelled], object_hash, dict(extras)))


def read_document(body: bytes | None) -> Document | None:
    """Return the document; null where the bytes are that of another format."""
    if body is None or not body.startswith(f'{{"{MARK}":'.encode()):
        return None
    try:
        return msgspec.json.decode(body, type=Document)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def grid_volume(grid: Grid) -> ImageVolume | None:
    """Return the image volume of a grid whose images are not known; null where it has no affine, or is none.

    A document may be that of another format, whose members somebody else has written.
    """
    columns, rows, planes = grid.shape
    if grid.affine is None or len(grid.affine) != 16 or min(grid.shape) < 1:
        return None
    if columns * rows > MOST_PIXELS or planes > MOST_PLANES:
        return None
    affine = np.array(grid.affine, np.float64).reshape(4, 4)
    try:
        stack = Stack.of_affine(affine, grid.shape)
    except GeometryFault:
        return None
    return ImageVolume(
        "",
        "none",
        stack,
        affine,
        [grid.key] * planes,
        list(range(planes)),
        list(range(planes)),
        oriented=grid.oriented,
    )


def place_of(image: ImageVolume) -> str:
    """Return a hash of an image volume's planes: another one where labels must be placed anew."""
    stack = image.stack
    numbers = [stack.origins, stack.along_row, stack.along_column, [stack.row_mm, stack.column_mm]]
    digest = hashlib.sha256(msgspec.json.encode([image.series_id, image.shape, image.keys, image.frames, image.items]))
    digest.update(
        msgspec.json.encode([image.study_uid, image.series_uid, image.frame_of_reference_uid, image.sop_uids])
    )
    for each in numbers:
        digest.update(np.ascontiguousarray(each, "<f8").tobytes())
    return digest.hexdigest()[:16]


def _grid(one: Labelled) -> Grid:
    image = one.image
    listed = [Listed(each.number, each.name, each.voxels, each.colour) for each in one.structures]
    affine = None if image.affine is None else [float(value) for value in image.affine.ravel()]
    return Grid(
        image.series_id, image.kind, image.keys[0], image.shape, affine, image.oriented, listed, place_of(image)
    )
