"""A few images of a dataset with their annotations drawn, for the page of the asset."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.drawing import MOST_TILES, Tile, mosaic_png
from labelport.annotations.marks import marks_of
from labelport.catalogue.generation import Generation
from labelport.runners.contract import Runner
from labelport.tiles.making import made_pictures
from labelport.tiles.picture import Picture
from labelport.tiles.showing import COLUMNS, withheld

if TYPE_CHECKING:
    from labelport.dataset import Dataset

CANDIDATES = 200
"""Images that are looked up for their risk; of these the first few that may be shown are."""


def annotations_mosaic(
    dataset: "Dataset", rows: AnnotationSet, media: Generation, *, runner: Callable[[], Runner] | None = None
) -> bytes:
    """Return a PNG of at most 20 KB of up to nine labelled images, or nothing where none may be shown.

    The rule of ``privacy.previews`` is that of ``tiles.showing``. Pictures are decoded in workers. Which images stand for the dataset does not change while they
    are there: the choice goes by the hash of their keys.
    """
    previews = dataset.settings.privacy.previews
    if previews == "none":
        return b""
    candidates = _candidates(rows)
    shown = _that_may_be_shown(media, list(candidates), previews)
    if not shown:
        return b""
    pictures = _pictures(dataset, shown, runner)
    tiles = [Tile(picture, marks_of(rows, candidates[key])) for key, picture in pictures.items()]
    return mosaic_png(tiles)


def _candidates(rows: AnnotationSet) -> dict[str, int]:
    """Return rows of labelled still images of the bucket by key, in the order in which they are chosen."""
    images = rows.images
    good = pc.and_kleene(pc.equal(images.column("store"), "raw"), pc.is_null(images.column("frame")))
    good = pc.and_kleene(good, pc.equal(images.column("state").cast(pa.string()), "labelled"))
    numbers = np.flatnonzero(np.asarray(pc.fill_null(good, False)))
    keys = images.column("key").take(pa.array(numbers)).to_pylist()
    found: dict[str, int] = {}
    for key, number in zip(keys, numbers.tolist(), strict=True):
        found.setdefault(key, number)
    chosen = sorted(found, key=lambda key: hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest())
    return {key: found[key] for key in chosen[:CANDIDATES]}


def _that_may_be_shown(media: Generation, keys: list[str], previews: str) -> list[dict[str, Any]]:
    wanted = pa.table({"store": pa.array(["raw"] * len(keys), pa.string()), "key": pa.array(keys, pa.string())})
    rows = {row["key"]: row for row in media.lookup("media", wanted, columns=list(COLUMNS)).to_pylist()}
    stills = [rows[key] for key in keys if key in rows and rows[key]["kind"] == "image"]
    good = [row for row in stills if row["status"] in ("ok", "partial") and withheld(row, previews) is None]
    return good[:MOST_TILES]


def _pictures(
    dataset: "Dataset", shown: list[dict[str, Any]], runner: Callable[[], Runner] | None
) -> dict[str, Picture]:
    wanted = [{name: row[name] for name in ("key", "size", "token", "kind")} for row in shown]
    made = made_pictures(dataset.bucket, wanted, grey=True, runner=runner)
    return {row["key"]: each for row, each in zip(shown, made, strict=True) if isinstance(each, Picture)}
