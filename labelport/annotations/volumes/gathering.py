"""A set's rows as structures on image volumes: what writers of volumes begin with, whatever the rows came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, by_image
from labelport.annotations.said import MOST_PLACES, Said
from labelport.annotations.shapes import Shape, shape_of
from labelport.annotations.volumes.document import Document, Grid, grid_volume, read_document
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.annotations.volumes.structures import Labelled, Structure, cropped, united
from labelport.geometry import lines, rle
from labelport.geometry.rings import Patch, RingFault, filled, rasterise

DRAWN = ("polygon", "rle", "mask", "rotated_box", "point", "line")
"""Kinds of annotations that become voxels."""

Key = tuple[int, str, str]
"""Category, file of volume labels (else empty), number."""

_COLUMNS = ("category_id", "kind", "unit", "segmentation", "segmentation_kind", "track_id", "x0", "y0", "pointer")


@dataclass(frozen=True)
class Drawn:
    """An image volume with the structures that rows draw on it, and the categories of the set."""

    image: ImageVolume

    structures: Sequence[Structure]
    """By category, file, ``number``; those of a document that have no voxel too. ``number`` is ``track_id``: two files
    of volume labels keep their structures apart, rows of other formats are one structure a category and track."""

    categories: Sequence[int]
    """Row of ``categories`` of each structure."""

    @property
    def labelled(self) -> Labelled:
        """Return it without the categories."""
        return Labelled(self.image, self.structures)


def drawn_volumes(given: AnnotationSet, volumes: Volumes, said: Said) -> Iterator[Drawn]:
    """Yield the image volumes of a set, one at a time, by series id; then those of which only a grid is known.

    Images that are planes of no image volume (a photograph, a video's frame) are told (``volume.no_plane``) and left
    out. Shapes are drawn by the rule of the project: even-odd at pixel centres. What cannot be drawn is told
    (``volume.not_drawn``).
    """
    documents = _documents(given)
    rows = _Rows(given, *by_image(given))
    elsewhere: list[str] = []
    for image, planes in _volumes_of(given, volumes, documents, said, elsewhere):
        yield _drawn(rows, image, planes, documents, said)
    if elsewhere:
        words = f"{len(elsewhere):,} images are no planes of volumes"
        shown, count = ", ".join(elsewhere[:MOST_PLACES]), len(elsewhere)
        if volumes.asked:
            said.say("volume.no_plane", "", "", words, value=shown, count=count)
        else:
            hint = "Name the images with `--images`: only they say which slices are of one volume."
            said.say("volume.no_plane", "", "", words, value=shown, count=count, severity="error", hint=hint)


@dataclass(frozen=True)
class _Rows:
    """Annotations of a set by image row."""

    given: AnnotationSet
    order: Any
    starts: Any

    def of(self, image_row: int) -> list[dict[str, Any]]:
        """Return the annotations of an image."""
        rows = self.order[self.starts[image_row] : self.starts[image_row + 1]]
        table: pa.Table = self.given.annotations.select([*_COLUMNS, "source_file"]).take(pa.array(rows))
        found: list[dict[str, Any]] = table.to_pylist()
        return found


def _documents(given: AnnotationSet) -> dict[str, Document]:
    found = {name: read_document(body) for name, body in given.documents.items()}
    return {name: document for name, document in found.items() if document is not None}


def _volumes_of(
    given: AnnotationSet, volumes: Volumes, documents: dict[str, Document], said: Said, elsewhere: list[str]
) -> Iterator[tuple[ImageVolume, dict[int, list[int]]]]:
    """Yield image volumes with the image rows of each plane; of those in documents also where no plane has a row.

    ``elsewhere`` takes the names of images that are no planes.
    """
    columns = ["series_id", "key", "frame", "source_file", "name_given", "item_index"]
    rows = given.images.select(columns).to_pylist()
    by_series: dict[str, list[int]] = {}
    by_file: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if row["series_id"]:
            by_series.setdefault(row["series_id"], []).append(number)
        elif row["source_file"] in documents:
            by_file.setdefault(row["source_file"], []).append(number)
        else:
            elsewhere.append(row["name_given"])
    for name, document in documents.items():
        for grid in document.grids:
            (by_series if grid.series_id else by_file).setdefault(grid.series_id or name, [])
    for series in sorted(by_series):
        image = volumes.of_series(series)
        if image is None:
            named = [name for name, each in documents.items() if series in {grid.series_id for grid in each.grids}]
            for name in () if by_series[series] else named:
                said.say("volume.no_plane", name, "", "the series that it lies on has no planes any more", value=series)
            elsewhere += [rows[number]["name_given"] for number in by_series[series]]
            continue
        yield image, _planes(image, by_series[series], rows, elsewhere)
    for name, numbers in by_file.items():
        for grid in documents[name].grids:
            image = grid_volume(grid) if not grid.series_id else None
            if image is None:
                if not grid.series_id:
                    said.say("volume.no_grid", name, "", "nothing says where its voxels lie")
                continue
            yield image, _planes(image, numbers, rows, elsewhere)


def _planes(
    image: ImageVolume, numbers: list[int], rows: list[dict[str, Any]], elsewhere: list[str]
) -> dict[int, list[int]]:
    """Return image rows by plane."""
    by_object = {(key, frame): plane for plane, (key, frame) in enumerate(zip(image.keys, image.frames, strict=True))}
    if len(image.keys) == 1:  # an image of a single plane is the plane
        by_object[image.keys[0], None] = 0
    found: dict[int, list[int]] = {}
    for number in numbers:
        row = rows[number]
        plane = row["frame"] if not image.known else by_object.get((row["key"], row["frame"]))
        if plane is None:
            elsewhere.append(row["name_given"])
        else:
            found.setdefault(plane, []).append(number)
    return found


def _drawn(
    rows: _Rows, image: ImageVolume, planes: dict[int, list[int]], documents: dict[str, Document], said: Said
) -> Drawn:
    names = rows.given.categories.column("name").to_pylist()
    files = rows.given.categories.column("source_file").to_pylist()
    patches: dict[Key, dict[int, list[Patch]]] = {}
    for plane in sorted(planes):
        for row in (each for number in planes[plane] for each in rows.of(number)):
            if row["category_id"] is None:
                words = "it has no category, and a structure needs a name"
                said.say("volume.no_category", row["source_file"], row["pointer"], words)
                continue
            patch = _patch(row, image, said)
            file = row["source_file"] if row["source_file"] in documents else ""
            places = patches.setdefault((row["category_id"], file, row["track_id"] or ""), {})
            if patch is not None:
                places.setdefault(plane, []).append(patch)
    grids = [(name, grid) for name, document in documents.items() for grid in document.grids if _is_of(grid, image)]
    colours = _with_empty(patches, grids, names, files)
    keys = sorted(patches, key=lambda key: (*key[:2], len(key[2]), key[2]))
    structures = [
        Structure(
            names[key[0]],
            key[2],
            {plane: united(several) for plane, several in sorted(patches[key].items())},
            colours.get(key),
        )
        for key in keys
    ]
    return Drawn(image, structures, [category for category, _, _ in keys])


def _is_of(grid: Grid, image: ImageVolume) -> bool:
    return grid.series_id == image.series_id and (image.known or grid.key == image.keys[0])


def _with_empty(
    patches: dict[Key, dict[int, list[Patch]]],
    grids: list[tuple[str, Grid]],
    names: list[str],
    files: list[str],
) -> dict[Key, tuple[int, int, int]]:
    """Add the structures that documents list and no row draws; return the colours that they say."""
    by_file: dict[tuple[str, str], int] = {}
    by_name: dict[str, int] = {}
    for number, (name, file) in enumerate(zip(names, files, strict=True)):
        by_file.setdefault((file, name), number)
        by_name.setdefault(name, number)
    colours = {}
    for file, grid in grids:
        for listed in grid.structures:
            category = by_file.get((file, listed.name), by_name.get(listed.name))
            if category is None:
                continue
            if not listed.voxels:
                patches.setdefault((category, file, listed.number), {})
            if listed.colour is not None:
                colours[category, file, listed.number] = listed.colour
    return colours


def _patch(row: dict[str, Any], image: ImageVolume, said: Said) -> Patch | None:
    """Return the pixels of a row on its plane; null where it has none, or none that can be drawn."""
    columns, rows, _ = image.shape
    if row["kind"] not in DRAWN:
        return None  # losses are told by ``losses.py``
    scale = (float(columns), float(rows)) if row["unit"] == "normalised" else (1.0, 1.0)
    if row["segmentation_kind"] == "wkt":
        scale = (columns / 100, rows / 100)
    shape = shape_of(row["segmentation"], row["segmentation_kind"], scale)
    try:
        made = None if shape is None else _of_shape(shape, row, rows, columns)
    except (RingFault, rle.RleFault):
        made = None
    if made is None:
        words = "its shape cannot be drawn on the plane"
        said.say("volume.not_drawn", row["source_file"], row["pointer"], words)
        return None
    return made if made.mask.size and made.mask.any() else None


def _of_shape(shape: Shape, row: dict[str, Any], rows: int, columns: int) -> Patch | None:
    if shape.counts is not None and shape.size is not None:
        mask = rle.decode(shape.counts, *shape.size)
        if row["segmentation_kind"] != "png":
            return cropped(mask) or Patch.empty() if shape.size == (rows, columns) else None
        if row["x0"] is None or row["y0"] is None:
            return None
        return _inside(cropped(mask, top=round(row["y0"]), left=round(row["x0"])), rows, columns)
    if row["kind"] in ("point", "line"):
        return united(lines.drawn(ring, rows, columns) for ring in shape.rings)
    if shape.holes:
        return cropped(rasterise(shape.rings, rows, columns, holes=shape.holes)) or Patch.empty()
    return united(filled([ring], rows, columns) for ring in shape.rings)


def _inside(patch: Patch | None, rows: int, columns: int) -> Patch | None:
    """Return what of a patch lies inside of the plane."""
    if patch is None:
        return Patch.empty()
    top, left = max(patch.top, 0), max(patch.left, 0)
    part = patch.mask[top - patch.top : max(rows - patch.top, 0), left - patch.left : max(columns - patch.left, 0)]
    return cropped(part, top=top, left=left) or Patch.empty()
