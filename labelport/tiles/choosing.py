"""Which series a contact sheet shows, and which tiles stand for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.generation import Generation
from labelport.series.preview import largest, newest, oddest
from labelport.tables import USABLE
from labelport.tiles.picture import MOST_PIXELS
from labelport.tiles.showing import COLUMNS, withheld
from labelport.tiles.work import DRAWN

MOST_SERIES = 12
OF_EACH = 4
"""Series of each sort that come before others of a sort: a sheet of odd ones alone would not show the bucket."""

ROLES = ("image", "audio", "video")
"""Roles of items that are of the series; the others stand beside it."""

SERIES_COLUMNS = ("series_id", "rule", "kind", "items", "width", "height", "dims", "flags")

_WORDS = {"pointcloud": "point cloud", "pdf": "PDF"}
"""How a kind is called where its name is no word."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Spot:
    """One tile before there is a picture."""

    wanted: Row | None
    """A row of ``work.WANTED``; null where there is nothing to decode."""

    words: str = ""
    """What stands in the tile then, or why."""

    kept_back: bool = False
    """Privacy is the reason."""

    cut_short: bool = False
    """The object is known to be: where nothing can be decoded, that is why."""


@dataclass(frozen=True)
class Chosen:
    """A series of the sheet."""

    series: Row
    """``SERIES_COLUMNS``."""

    why: str
    """oddest, largest or newest."""

    spots: Sequence[Spot]
    """Its first, middle and last tile; fewer of a series that has fewer."""


def chosen_series(series: pa.Table, newest_ids: Sequence[str], *, most: int = MOST_SERIES) -> list[tuple[Row, str]]:
    """Return the series of a sheet with why each was chosen: the oddest, then the largest, then the newest.

    Four of each sort at first; where one has fewer, the rest comes from the others, in that order. Each stands once.
    """
    sorts = {
        "oddest": oddest(series, rows=most),
        "largest": largest(series, rows=most * 2),
        "newest": newest(series, newest_ids, rows=most),
    }
    rows = {why: table.select(list(SERIES_COLUMNS)).to_pylist() for why, table in sorts.items()}
    taken: dict[str, tuple[Row, str]] = {}
    for each in (OF_EACH, most):
        for why, found in rows.items():
            count = sum(other == why for _, other in taken.values())
            for row in found:
                if count >= each or len(taken) >= most:
                    break
                if row["series_id"] not in taken:
                    taken[row["series_id"]] = (row, why)
                    count += 1
    order = list(rows)
    return sorted(taken.values(), key=lambda pair: order.index(pair[1]))


def chosen_tiles(series: Generation, media: Generation, *, previews: str, most: int = MOST_SERIES) -> list[Chosen]:
    """Return the tiles of a sheet: of each series the first, the middle and the last item.

    Of a series of one item: the first, the middle and the last frame or slice of it; of a recording the picture
    that is shown with it. ``previews``: ``privacy.previews``; a tile that is kept back has nothing to decode.
    """
    table = series.table("series", columns=list(SERIES_COLUMNS))
    picked = chosen_series(table, series.extras.get("newest", ()), most=most)
    if not picked:
        return []
    ids = pa.table({"series_id": pa.array([row["series_id"] for row, _ in picked], pa.string())})
    items = series.lookup("items", ids, columns=["series_id", "index", "role", "store", "key", "frame"])
    shown = items.filter(pc.is_in(items["role"].cast(pa.string()), value_set=pa.array(ROLES)))
    beside = items.filter(pc.equal(items["role"].cast(pa.string()), "partial"))
    pictures = items.filter(pc.equal(items["role"].cast(pa.string()), "context"))
    three = {row["series_id"]: _three(shown, row) for row, _ in picked}
    for row, _ in picked:
        if row["kind"] == "audio_image":
            context = _rows_of(pictures, row["series_id"]).slice(0, 1).to_pylist()
            three[row["series_id"]] = context or three[row["series_id"]]
    halves = {row["series_id"]: _rows_of(beside, row["series_id"]).slice(0, 1).to_pylist() for row, _ in picked}
    places = [item for rows in [*three.values(), *halves.values()] for item in rows]
    rows = _media(media, places)
    return [
        Chosen(row, why, _spots(three[row["series_id"]], halves[row["series_id"]], rows, previews))
        for row, why in picked
    ]


def middle_item(series: Row, count: int) -> int:
    """Return the item in the middle; of a volume over time the middle slice, else it may be the first one again."""
    sizes = {dim["name"]: dim["size"] for dim in series["dims"] or ()}
    slices, times = sizes.get("slice", 1), sizes.get("time", 1)
    return times // 2 * slices + slices // 2 if slices * times == count else count // 2


def _rows_of(items: pa.Table, series_id: str) -> pa.Table:
    return items.filter(pc.equal(items["series_id"], series_id))


def _three(items: pa.Table, series: Row) -> list[Row]:
    """Return the first, the middle and the last item of a series in its order."""
    rows = _rows_of(items, series["series_id"])
    rows = rows.take(pc.sort_indices(rows, [("index", "ascending")]))
    places = _ends_and_middle(rows.num_rows)
    if len(places) == 3:
        places[1] = middle_item(series, rows.num_rows)
    found: list[Row] = rows.take(pa.array(places, pa.int64())).to_pylist()
    return found


def _ends_and_middle(count: int) -> list[int]:
    return sorted({0, count // 2, count - 1}) if count else []


def _media(media: Generation, places: Sequence[Row]) -> dict[tuple[str, str], Row]:
    """Return rows of media by store and key."""
    keys = pa.table({name: pa.array([place[name] for place in places], pa.string()) for name in ("store", "key")})
    found = media.lookup("media", keys, columns=list(COLUMNS)).to_pylist()
    return {(row["store"], row["key"]): row for row in found}


def _spots(
    items: Sequence[Row], halves: Sequence[Row], media: Mapping[tuple[str, str], Row], previews: str
) -> list[Spot]:
    half = next((media.get((each["store"], each["key"])) for each in halves), None)
    spots: list[Spot] = []
    for item in items:
        row = media.get((item["store"], item["key"]))
        frames = _frames_of(row, item, alone=len(items) == 1)
        spots += [_spot(row, frame, half, previews) for frame in frames]
    return spots


def _frames_of(row: Row | None, item: Row, *, alone: bool) -> list[int | None]:
    """Return the frames of an item that are shown: all three of one that is alone, else the middle one."""
    if item["frame"] is not None:
        return [item["frame"]]
    count = _count(row) if row is not None else 1
    if count < 2:
        return [None]
    return [*_ends_and_middle(count)] if alone else [count // 2]


def _count(row: Row) -> int:
    """Return the frames, or the slices of the first volume, of an object; 1 where it is one picture, or none."""
    if row["kind"] == "nifti":
        dims = (row["nifti"] or {}).get("dims") or []
        return int(dims[2]) if len(dims) > 2 else 1
    return int(row["frames"] or 1) if row["kind"] in DRAWN else 1


def _spot(row: Row | None, frame: int | None, half: Row | None, previews: str) -> Spot:
    if row is None:
        return Spot(None, "not probed")
    words = withheld(row, previews)
    if words is not None:
        return Spot(None, words, kept_back=True)
    if row["kind"] not in DRAWN:
        return Spot(None, _WORDS.get(row["kind"], row["kind"] or "unknown"))
    if row["status"] not in USABLE:
        return Spot(None, str(row["status"]).replace("_", " "))
    if row["store"] != "raw":
        return Spot(None, "not in the bucket")
    if (row["width"] or 0) * (row["height"] or 0) > MOST_PIXELS:
        return Spot(None, "too many pixels")
    wanted = {name: row[name] for name in ("key", "size", "token", "kind")}
    pair = half is not None and (row["nifti"] or {}).get("pair")
    other = {f"other_{name}": half[name] for name in ("key", "size", "token")} if half is not None and pair else {}
    return Spot({**wanted, **other, "frame": frame, "frames": _count(row)}, cut_short=row["status"] == "truncated")
