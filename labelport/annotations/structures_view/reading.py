"""Which objects are read for three slices of a volume, and what may not be; the lines and slices that came of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.structures_view.cuts import Crossing
from labelport.annotations.structures_view.layout import Layout
from labelport.annotations.structures_view.work import WANTED, WORK
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.catalogue.generation import Generation
from labelport.runners.contract import Runner, Shard, Work
from labelport.runners.local import LocalRunner
from labelport.storage.access import access_of
from labelport.storage.contract import Bucket
from labelport.tables import USABLE
from labelport.tiles.showing import COLUMNS, withheld

MOST_PLANES = 300
"""Planes of a volume that are read; of more every n-th is: a picture has fewer pixels along them."""

SLICE_S, OBJECT_S = 15.0, 120.0
"""Wall seconds for an object of one plane, and of several."""

SHARD_ROWS = 8
"""Slices that a worker reads at a time."""

Values = np.ndarray[Any, np.dtype[np.float32]]
Window = tuple[float, float, str]


@dataclass(frozen=True)
class Line:
    """What was read of a plane."""

    row: Values | None
    """Values along the row that was wanted, at most 256; null where the plane has no such row."""

    column: Values | None
    whole: Values | None = None
    """Shape (rows, columns), at most 256 a side: of the plane that is cut as a whole."""

    window: Window | None = None


@dataclass(frozen=True)
class Lines:
    """What was read of a volume."""

    step: int = 1
    """Every how manieth plane was wanted."""

    planes: Mapping[int, Line | str] | None = None
    """By plane: what was read, or a few words why nothing may or can be. Null: there are no images."""

    kept_back: frozenset[int] = frozenset()
    """Planes that privacy withholds."""


@dataclass(frozen=True)
class _Object:
    """A row of ``WANTED``, and where its planes belong."""

    volume: int
    planes: Sequence[int]
    row: Mapping[str, Any]


def planes_to_read(count: int, through: int) -> tuple[range, int]:
    """Return which of so many planes are read, ``through`` among them, and their step."""
    step = -(-count // MOST_PLANES)
    return range(through % step, count, step), step


def lines_of(
    bucket: Bucket,
    volumes: Sequence[tuple[ImageVolume, Layout, Crossing]],
    media: Generation,
    *,
    previews: str,
    runner: Callable[[], Runner] | None = None,
) -> list[Lines]:
    """Return what three slices of each volume need, read in workers. What may not be shown is never read.

    ``previews``: ``privacy.previews``. Raises ``RunnerUnavailable``, and ``BucketError`` where there are no
    credentials.
    """
    found: list[Lines] = []
    objects: list[_Object] = []
    for number, (image, layout, crossing) in enumerate(volumes):
        if not image.known:
            found.append(Lines())
            continue
        planes, step = planes_to_read(image.stack.planes, crossing.plane)
        words, more, kept_back = _objects(image, planes, (layout, crossing), (media, previews))
        objects += [_Object(number, own, row) for own, row in more]
        found.append(Lines(step, words, kept_back))
    for number, made in _read(bucket, objects, runner):
        held = found[number]
        found[number] = Lines(held.step, {**(held.planes or {}), **made}, held.kept_back)
    return found


def _objects(
    image: ImageVolume, planes: range, at: tuple[Layout, Crossing], shown: tuple[Generation, str]
) -> tuple[dict[int, Line | str], list[tuple[list[int], dict[str, Any]]], frozenset[int]]:
    """Return the planes that may not be read with the words why; planes and row of the other objects; what is withheld."""
    media, previews = shown
    by_key: dict[str, list[int]] = {}
    for plane in planes:
        by_key.setdefault(image.keys[plane], []).append(plane)
    rows = _media(media, list(by_key))
    halves = _media(media, [name for key, row in rows.items() if _is_pair(row) for name in _other_halves(key)])
    words: dict[int, Line | str] = {}
    objects: list[tuple[list[int], dict[str, Any]]] = []
    kept_back: set[int] = set()
    for key, of_key in by_key.items():
        row = rows.get(key)
        half = next((halves[name] for name in _other_halves(key) if name in halves), None)
        why = "not probed" if row is None else withheld(row, previews) or (half and withheld(half, previews))
        if why and row is not None:
            kept_back.update(of_key)
        if row is not None and not why and row["status"] not in USABLE:
            why = str(row["status"]).replace("_", " ")
        if why or row is None:
            words.update(dict.fromkeys(of_key, why or ""))
            continue
        in_order = sorted(of_key, key=lambda plane: image.frames[plane] or 0)
        objects.append((in_order, _wanted(image, in_order, at, (row, half))))
    return words, objects, frozenset(kept_back)


def _is_pair(row: Mapping[str, Any]) -> bool:
    return bool((row.get("nifti") or {}).get("pair"))


def _other_halves(key: str) -> list[str]:
    """Return how the voxels of a pair may be called whose header is called so."""
    stem = key.removesuffix(".gz").removesuffix(".hdr").removesuffix(".HDR")
    return [stem + ending for ending in (".img", ".img.gz", ".IMG")]


def _media(media: Generation, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    if not keys:
        return {}
    wanted = pa.table({"store": pa.array(["raw"] * len(keys), pa.string()), "key": pa.array(keys, pa.string())})
    return {row["key"]: row for row in media.lookup("media", wanted, columns=list(COLUMNS)).to_pylist()}


def _wanted(
    image: ImageVolume,
    planes: Sequence[int],
    at: tuple[Layout, Crossing],
    rows: tuple[Mapping[str, Any], Mapping[str, Any] | None],
) -> dict[str, Any]:
    """Return the row of ``WANTED`` of an object: at each plane the row and the column that the cuts go through."""
    layout, crossing = at
    row, half = rows
    columns, height, _ = image.shape
    cut_column, cut_row = crossing.column - layout.shifts[:, 0], crossing.row - layout.shifts[:, 1]
    return {
        **{name: row[name] for name in ("key", "size", "token")},
        **{f"other_{name}": half[name] for name in ("key", "size", "token") if half is not None},
        "kind": image.kind,
        "rows": height,
        "columns": columns,
        "frames": [image.frames[plane] or 0 for plane in planes],
        "row": [int(cut_row[plane]) if 0 <= cut_row[plane] < height else -1 for plane in planes],
        "column": [int(cut_column[plane]) if 0 <= cut_column[plane] < columns else -1 for plane in planes],
        "whole": [plane == crossing.plane for plane in planes],
    }


def _read(
    bucket: Bucket, objects: Sequence[_Object], runner: Callable[[], Runner] | None
) -> list[tuple[int, dict[int, Line | str]]]:
    """Return what the workers made of objects: number of the volume, and planes."""
    found: list[tuple[int, dict[int, Line | str]]] = []
    if not objects:
        return found
    workers = (runner or LocalRunner)()
    several = [each for each in objects if len(each.planes) > 1]
    single = [each for each in objects if len(each.planes) == 1]
    try:
        for some, at_once, deadline_s in ((single, SHARD_ROWS, SLICE_S), (several, 1, OBJECT_S)):
            rows = pa.Table.from_pylist([dict(each.row) for each in some], schema=WANTED)
            batches = rows.combine_chunks().to_batches(max_chunksize=at_once)
            shards = [Shard(number, batch) for number, batch in enumerate(batches)]
            work = Work(WORK, access_of(bucket), deadline_s=deadline_s)
            for result in workers.map(work, shards) if shards else ():
                first = result.number * at_once
                for row, made in zip(result.survivors, result.rows.column("planes").to_pylist(), strict=True):
                    each = some[first + row]
                    lines = (_line(plane) for plane in made)
                    found.append((each.volume, dict(zip(each.planes, lines, strict=True))))
                for death in result.deaths:
                    each = some[first + death.row]
                    words = "took too long" if death.reason == "deadline" else "broke its decoder"
                    found.append((each.volume, dict.fromkeys(each.planes, words)))
    finally:
        workers.close()
    return found


def _line(made: Mapping[str, Any]) -> Line | str:
    """Return a plane of ``work.RESULT``."""
    if made["why_not"] is not None:
        return str(made["why_not"])
    row, column, whole = (
        None if made[name] is None else np.frombuffer(made[name], "<f4")
        for name in ("row_line", "column_line", "whole")
    )
    window = None if made["center"] is None else (made["center"], made["width"], made["function"])
    return Line(row, column, None if whole is None else whole.reshape(made["whole_rows"], -1), window)
