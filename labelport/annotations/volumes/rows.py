"""Structures as rows of the annotation tables: one row a structure and plane, its mask as COCO's run lengths.

The image of a row is the plane: a DICOM slice, a frame of a multi-frame object, or a plane of a NIfTI volume along its
third stored axis (column = x, row = y, ``frame`` = z, 0-based). ``track_id`` holds the rows of a structure together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.volumes.document import document_of
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.structures import Labelled
from labelport.geometry import rle
from labelport.geometry.rings import Patch
from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES


@dataclass(frozen=True)
class VolumeFile:
    """What was read of one file of labels."""

    source_file: str

    labelled: Sequence[Labelled]
    """Image volumes with their structures: an RT Structure Set has one or more, a NIfTI volume one."""

    object_hash: str = ""
    """Of a DICOM object: ``Volumes.same_object`` of its SOP Instance UID; equal ones count once."""

    extras: Mapping[str, Any] = field(default_factory=dict)
    """What the document of the file keeps beside (``volumes.document``): JSON values, never header text."""


def annotation_set(
    files: Sequence[VolumeFile], *, listed: Sequence[tuple[str, str]] = (), listed_in: str = ""
) -> AnnotationSet:
    """Return the rows of files.

    An image row for each plane that has voxels, by file, image volume and plane; annotations by file, image volume,
    structure, plane. Categories: ``listed`` (number, name) of the file ``listed_in`` where a file of its own lists
    them; else one for each name of a file, in the order of its structures: a structure without voxels has its
    category alone. Structures whose name is not listed raise ``KeyError``.
    """
    images, categories, annotations = _Columns(), _Columns(), _Columns()
    for number, name in listed:
        categories.add(name=name, source_id=_source_id(number), source_file=listed_in)
    of_list = {name: row for row, (_, name) in enumerate(listed)}
    for file in files:
        own = of_list if listed_in else _own_categories(file, categories)
        for one in file.labelled:
            rows = _image_rows(one, file.source_file, images)
            for structure in one.structures:
                for plane in sorted(structure.patches):
                    annotations.add(
                        image_id=rows[plane],
                        category_id=own[structure.name],
                        track_id=structure.number,
                        source_file=file.source_file,
                        pointer=structure.pointers.get(plane, structure.pointer),
                        **_mask(one.image, structure.patches[plane]),
                    )
    return AnnotationSet(
        rows_of(
            ANNOTATION_IMAGES, images.count, pointer="", state="labelled", **images.filled("source_file", "name_given")
        ),
        rows_of(CATEGORIES, categories.count, **categories.filled("name", "source_file")),
        rows_of(
            ANNOTATIONS,
            annotations.count,
            kind="rle",
            unit="pixel",
            segmentation_kind="rle_text",
            **annotations.filled("image_id", "source_file", "pointer"),
        ),
        documents={each.source_file: document_of(each.labelled, each.object_hash, each.extras) for each in files},
    )


def _own_categories(file: VolumeFile, categories: "_Columns") -> dict[str, int]:
    """Add a category for each name of a file; return their rows."""
    own: dict[str, int] = {}
    for structure in (each for one in file.labelled for each in one.structures):
        if structure.name not in own:
            own[structure.name] = categories.add(
                name=structure.name, source_id=_source_id(structure.number), source_file=file.source_file
            )
    return own


def plane_name(image: ImageVolume, plane: int) -> str:
    """Return how a plane is called: the key of its object, and ``#frame=<0-based>`` where the object has several."""
    frame = image.frames[plane]
    return image.keys[plane] if frame is None else f"{image.keys[plane]}#frame={frame}"


def run_text(patch: Patch, height: int, width: int) -> bytes:
    """Return a mask as COCO's object of compressed run lengths, JSON: height first."""
    # Runs go down the columns: those of the box alone are looked at, whole planes would cost several times as much.
    columns = patch.mask.shape[1]
    counts = rle.encode(Patch(patch.top, 0, patch.mask).onto(height, columns))
    after = (width - patch.left - columns) * height
    counts[0] += patch.left * height
    if len(counts) % 2:
        counts[-1] += after
    elif after:
        counts = np.append(counts, after)
    return msgspec.json.encode({"size": [height, width], "counts": rle.text_of_counts(counts).decode()})


class _Columns:
    """Lists by column of rows that are being made."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Any]] = {}
        self.count = 0

    def filled(self, *needed: str) -> dict[str, list[Any]]:
        """Return the lists; of columns that must be there an empty one where no row was added."""
        return {name: [] for name in needed} | self.lists

    def add(self, **values: Any) -> int:
        """Add a row; return its number."""
        for name, value in values.items():
            self.lists.setdefault(name, []).append(value)
        self.count += 1
        return self.count - 1


def _image_rows(one: Labelled, source_file: str, images: _Columns) -> dict[int, int]:
    """Add an image row for each plane that has voxels; return their numbers by plane."""
    image = one.image
    planes = sorted({plane for structure in one.structures for plane in structure.patches})
    columns, rows, _ = image.shape
    return {
        plane: images.add(
            store="raw" if image.known else None,
            key=image.keys[plane] if image.known else None,
            series_id=image.series_id or None,
            item_index=image.items[plane] if image.known else None,
            frame=image.frames[plane],
            name_given=plane_name(image, plane),
            source_file=source_file,
            width=columns,
            height=rows,
        )
        for plane in planes
    }


def _mask(image: ImageVolume, patch: Patch) -> dict[str, Any]:
    inside = np.nonzero(patch.mask)
    columns, rows, _ = image.shape
    return {
        "x0": float(patch.left + inside[1].min()),
        "y0": float(patch.top + inside[0].min()),
        "x1": float(patch.left + inside[1].max() + 1),
        "y1": float(patch.top + inside[0].max() + 1),
        "segmentation": run_text(patch, rows, columns),
        "area_given": float(patch.mask.sum()),
    }


def _source_id(number: str) -> str:
    return msgspec.json.encode(int(number) if number.isdecimal() else number).decode()
