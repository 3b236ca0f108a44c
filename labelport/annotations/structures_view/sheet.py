"""Three slices of a few volumes of a dataset with the outlines of their structures, as privacy allows."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.said import Said
from labelport.annotations.structures_view.cuts import Crossing, crossing_of, mask_on, pictured, size_of
from labelport.annotations.structures_view.drawing import MOST_PNG_BYTES, Panel, Slice, structures_png
from labelport.annotations.structures_view.greys import grounds
from labelport.annotations.structures_view.layout import Layout
from labelport.annotations.structures_view.reading import Lines, lines_of
from labelport.annotations.structures_view.strokes import MOST_NAME, Outlined
from labelport.annotations.structures_view.table import millilitres, voxel_mm3
from labelport.annotations.structures_view.views import View, views_of
from labelport.annotations.volumes.gathering import Drawn, drawn_volumes
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.catalogue.generation import Generation
from labelport.privacy import plain
from labelport.runners.contract import Runner
from labelport.tiles.sheet import short_ids

if TYPE_CHECKING:
    from labelport.dataset import Dataset

MOST_VOLUMES = 3
CANDIDATES = 50
"""Series that are looked up for their planes; the first three that have some stand for the dataset."""

MOST_RANGES = 4
"""Runs of slices that are named in words."""


@dataclass(frozen=True)
class _Cut:
    """A volume with what is drawn of it; its voxels are not held."""

    image: ImageVolume
    layout: Layout
    views: list[View]
    crossing: Crossing
    structures: Sequence[Outlined]


def structures_sheet(
    dataset: "Dataset",
    given: AnnotationSet,
    volumes: Volumes,
    media: Generation,
    *,
    most: int = MOST_PNG_BYTES,
    runner: Callable[[], Runner] | None = None,
) -> bytes:
    """Return a PNG of at most ``most`` bytes of up to three volumes, or nothing where none has structures to show.

    Each has an axial, a coronal and a sagittal slice (of an oblique stack its own planes) where most of its structures
    are seen. Equal input gives equal bytes. Raises ``RunnerUnavailable``, ``BucketError``.
    """
    return structures_png(structure_panels(dataset, given, volumes, media, runner=runner), most=most)


def structure_panels(
    dataset: "Dataset",
    given: AnnotationSet,
    volumes: Volumes,
    media: Generation,
    *,
    runner: Callable[[], Runner] | None = None,
) -> list[Panel]:
    """Return the volumes of a sheet, not drawn yet.

    Nothing of an object that ``tiles.showing`` withholds is read; outlines are shown all the same, and nothing at all
    where ``privacy.previews`` is none. Volumes with more structures come first, equal ones by the hash of their ids.
    """
    previews = dataset.settings.privacy.previews
    if previews == "none":
        return []
    cuts = _cuts(given, volumes)
    at = [(cut.image, cut.layout, cut.crossing) for cut in cuts]
    lines = lines_of(dataset.bucket, at, media, previews=previews, runner=runner) if cuts else []
    names = short_ids([cut.image.series_id for cut in cuts if cut.image.known])
    return [_panel(cut, own, names) for cut, own in zip(cuts, lines, strict=True)]


def chosen_series(given: AnnotationSet) -> list[str]:
    """Return the ids of series with annotations: those with more structures first, equal ones by the hash of the id."""
    images = given.images.select(["series_id"]).take(given.annotations.column("image_id"))
    rows = given.annotations.select(["category_id", "track_id"]).append_column("series_id", images.column(0))
    rows = rows.filter(pc.is_valid(rows.column("series_id")))
    distinct = rows.group_by(["series_id", "category_id", "track_id"], use_threads=False).aggregate([])
    counts = Counter(name for name in distinct.column("series_id").to_pylist() if name)
    return sorted(counts, key=lambda name: (-counts[name], hashlib.sha256(name.encode()).digest()))


def _cuts(given: AnnotationSet, volumes: Volumes) -> list[_Cut]:
    """Return the volumes that stand for a set; then, where there is room, those of which only a grid is known."""
    images: list[ImageVolume] = []
    for name in chosen_series(given)[:CANDIDATES]:
        image = volumes.of_series(name)
        images += [image] if image is not None else []
        if len(images) == MOST_VOLUMES:
            break
    order = {image.series_id: place for place, image in enumerate(images)}
    found: list[_Cut] = []
    for drawn in drawn_volumes(given, known_volumes(images), Said()):
        if any(each.patches for each in drawn.structures):
            found.append(_cut(drawn))
        if len(found) == MOST_VOLUMES:
            break
    return sorted(found, key=lambda cut: order.get(cut.image.series_id, len(order)))


def _cut(drawn: Drawn) -> _Cut:
    image, layout = drawn.image, Layout.of(drawn.image.stack)
    views = views_of(layout, oriented=image.oriented)
    crossing = crossing_of(layout, drawn.structures)
    mm3 = voxel_mm3(image)
    structures = []
    for each in drawn.structures:
        masks = []
        for view in views:
            mask = mask_on(layout, view, crossing.of(view.axis), each)
            masks.append(None if mask is None else pictured(layout, view, mask, size_of(layout, view)))
        size = _size_words(millilitres(each, mm3), each.voxels)
        structures.append(Outlined(f"{plain(each.name, most=MOST_NAME)}  {size}", masks, each.colour))
    return _Cut(image, layout, views, crossing, structures)


def _size_words(ml: float | None, voxels: int) -> str:
    """Return how large a structure is: millilitres, or voxels where nothing says how thick they are."""
    if ml is None:
        return f"{voxels:,} voxel{'' if voxels == 1 else 's'}"
    return f"{ml:,.0f} ml" if ml >= 100 or not ml else f"{ml:.3g} ml"


def _panel(cut: _Cut, lines: Lines, names: dict[str, str]) -> Panel:
    slices = [
        Slice(view.title(_own_index(cut, view)), view.letters, ground)
        for view, ground in zip(cut.views, grounds(cut.layout, cut.views, cut.crossing, lines), strict=True)
    ]
    heading = names.get(cut.image.series_id, "labels whose images are not known")
    return Panel(heading, slices, cut.structures, _notes(cut, lines))


def _own_index(cut: _Cut, view: View) -> int:
    """Return the slice, or the row or column of the slice that is shown: planes of a tilted stack stand shifted."""
    if view.axis == 2:
        return cut.crossing.plane
    return cut.crossing.of(view.axis) - int(cut.layout.shifts[cut.crossing.plane, view.axis])


def _notes(cut: _Cut, lines: Lines) -> list[str]:
    """Return what is to be said beneath a volume: what could not be shown, and why."""
    notes = [] if cut.image.oriented else ["no orientation: which side is left is not known"]
    if lines.planes is None:
        return [*notes, "outlines alone: the images are not known"]
    why: dict[str, list[int]] = {}
    for plane, words in sorted(lines.planes.items()):
        if isinstance(words, str):
            why.setdefault(words, []).append(plane)
    for words, planes in why.items():
        kept = " withheld" if lines.kept_back.issuperset(planes) else " not shown"
        if len(planes) == len(lines.planes):
            notes.append(f"outlines alone: images{kept} ({words})")
        else:
            notes.append(f"{_named(planes, lines.step)}{kept} ({words})")
    if lines.step > 1:
        notes.append(f"of {cut.image.stack.planes} slices every {_ordinal(lines.step)} was read")
    return notes


def _named(planes: Sequence[int], step: int) -> str:
    """Return slices in words.

    >>> _named([2, 3, 4, 7], 1)
    'slices 2-4, 7'
    """
    runs: list[list[int]] = []
    for plane in planes:
        if runs and plane == runs[-1][-1] + step:
            runs[-1].append(plane)
        else:
            runs.append([plane])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    more = f" and {sum(map(len, runs[MOST_RANGES:]))} more" if len(runs) > MOST_RANGES else ""
    return f"slice{'' if len(planes) == 1 else 's'} {', '.join(words[:MOST_RANGES])}{more}"


def _ordinal(number: int) -> str:
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'} if number not in (11, 12, 13) else {}).get(number % 10, 'th')}"
