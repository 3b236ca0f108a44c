"""One series with its items replaced by their renditions (specification 1.9 and 1.10; renditions 8).

Pure: a series and the rows of its renditions in, the same series with other objects out, or what it lacks.
Nothing is half there: one picture that is missing, failed, or made of other content leaves out all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from labelport.manifests.contract import Item, Series
from labelport.manifests.key_frames import KeyFrames, marked_frames, with_moved_values
from labelport.manifests.rendered import Rendition, rendition_media
from labelport.manifests.selection import MAIN_ROLES
from labelport.series.natural import natural_key

COMPANY = ("context", "label")
"""Roles that keep their object where no rendition of it was made."""


@dataclass(frozen=True)
class Lack:
    """Why an item has no rendition that can stand for it."""

    item: Item
    why: str
    """What is so: no key, no header text."""


@dataclass(frozen=True)
class Replaced:
    """A series with its renditions."""

    series: Series

    unshown: int = 0
    """Key frames that were named and of which there is no picture."""


class _Part(NamedTuple):
    """An item of role image, audio or video, and what stands for it."""

    item: Item
    rows: tuple[Rendition, ...] = ()
    """Pictures in its place; none: it stays as it is."""

    pictures: tuple[Rendition, ...] = ()
    """Pictures to be shown with it: spectrograms."""


def replaced(series: Series, rendered: Sequence[Rendition], *, sounds_have_pictures: bool) -> Replaced | list[Lack]:
    """Return a series with the live renditions of one name in place of its objects, or what it lacks.

    ``rendered``: rows of this series, at any order. An object of several frames becomes an item a frame,
    one of several windows an item a version; indices are then 0..k-1. Spectrograms replace nothing: they
    are shown with the recording. ``sounds_have_pictures``: the rendition is one of spectrograms, so a
    recording that has a picture already keeps it.
    """
    of_object = _by_object(rendered, series.items)
    pictured = {item.row.get("of_index") for item in series.items if item.row["role"] == "context"}
    parts: list[_Part] = []
    company: list[_Part] = []
    lacks: list[Lack] = []
    for item in series.items:
        main = item.row["role"] in MAIN_ROLES
        rows = of_object.get((item.row["store"], item.row["key"], item.row.get("frame")), [])
        if not main and (not rows or item.row["role"] not in COMPANY):
            company.append(_Part(item))
        elif main and not rows and sounds_have_pictures and _is_pictured(series, item, pictured):
            parts.append(_Part(item))
        elif why := _fault(item, rows):
            lacks.append(Lack(item, why))
        elif main and rows[0].kind == "spectrogram":
            parts.append(_Part(item, pictures=tuple(rows)))
        else:
            (parts if main else company).append(_Part(item, rows=tuple(rows)))
    lacks = lacks or _uneven(parts)
    if lacks or not any(part.rows or part.pictures for part in (*parts, *company)):
        return lacks or Replaced(series)
    return _joined(series, parts, company)


def _is_pictured(series: Series, item: Item, pictured: set[int | None]) -> bool:
    recording = item.row["role"] == "audio" or series.row["kind"] == "audio_image"
    return recording and item.row["index"] in pictured


def _by_object(
    rendered: Sequence[Rendition], items: Sequence[Item]
) -> Mapping[tuple[str, str, int | None], list[Rendition]]:
    """Return the rows by the object that they were made of and its frame; null is all of an object, in order."""
    found: dict[tuple[str, str, int | None], list[Rendition]] = {}
    frames_named = any(item.row.get("frame") is not None for item in items)
    for row in sorted(set(rendered), key=lambda row: (row.place[0], natural_key(row.place[1]), row.key)):
        found.setdefault((row.source_store, row.source_key, None), []).append(row)
        if frames_named and row.source_frame is not None:
            found.setdefault((row.source_store, row.source_key, row.source_frame), []).append(row)
    return found


def _fault(item: Item, rows: Sequence[Rendition]) -> str | None:
    """Return why rows cannot stand for an item, or null where they can."""
    if not rows:
        return "none was made of its object"
    for row in rows:
        where = "" if row.source_frame is None else f" of frame {row.source_frame}"
        if row.source_token != item.media.get("token"):
            return f"the one{where} was made of other content than the object has now"
        if row.status != "ok":
            return f"the one{where} is {row.status}" + (f": {row.error.removesuffix('.')}" if row.error else "")
        if not row.md5 or not row.width or not row.height or row.size is None:
            return f"the row of the one{where} does not say its size or checksum"
    place, often = Counter(row.place for row in rows).most_common(1)[0]
    if often > 1:
        return f"there are {often} of one frame and version" + (f" (frame {place[0]})" if place[0] >= 0 else "")
    return None


def _uneven(parts: Sequence[_Part]) -> list[Lack]:
    """Return the items of which a version is missing that others have."""
    counts = [Counter(row.source_frame for row in part.rows) for part in parts]
    most = max((number for count in counts for number in count.values()), default=0)
    return [
        Lack(part.item, f"it has {min(count.values())} of {most} versions")
        for part, count in zip(parts, counts, strict=True)
        if count and min(count.values()) < most
    ]


def _joined(series: Series, parts: Sequence[_Part], company: Sequence[_Part]) -> Replaced:
    """Return the series with its new items, renumbered where one item became several."""
    grown = any(len(part.rows) > 1 for part in parts)
    several = any(len({row.source_frame for row in part.rows}) < len(part.rows) for part in parts)
    first: dict[int, int] = {}
    reached = 0
    for part in parts:
        first.setdefault(part.item.row["index"], reached if grown else part.item.row["index"])
        reached += len(part.rows) or 1
    marked = marked_frames(series, [part.item for part in parts])
    main: list[Item] = []
    key_frames = KeyFrames()
    for part in parts:
        chosen = marked.of_object(part.item)
        made = _main_items(part, first, len(main) if grown else part.item.row["index"], several=several, chosen=chosen)
        if grown:
            key_frames.add(part.item, made, marked, first)
        main += made
    beside = [*_company_items(company, parts, first), *_pictures(parts, first)]
    if len(beside) != len(company) or any(part.pictures for part in parts):
        beside = _numbered(beside)
    row = {**series.row, **_facts(series, parts, main, several=several, grown=grown)}
    if grown:
        main, row["metadata"] = with_moved_values(series, parts[0].item if len(parts) == 1 else None, main, key_frames)
    return Replaced(Series(row, (*main, *beside)), key_frames.absent)


def _main_items(
    part: _Part, first: Mapping[int, int], index: int, *, several: bool, chosen: frozenset[int] | None
) -> list[Item]:
    item = part.item
    if not part.rows:
        return [replace(item, row={**item.row, "index": index, "of_index": _moved(item.row.get("of_index"), first)})]
    made: list[Item] = []
    of_frame: dict[int | None, int] = {}
    for number, row in enumerate(part.rows, start=index):
        head = of_frame.setdefault(row.source_frame, number)
        given = item.row.get("of_index")
        own, window = item.row.get("version"), row.version
        shown = chosen is None or row.source_frame is None or row.source_frame in chosen
        known = {
            "index": number,
            "role": "image",
            "store": "publish",
            "key": row.key,
            "frame": row.source_frame,
            "version": f"{own}/{window}" if several and own and window else (window if several else own or window),
            "pts_s": item.row.get("pts_s") if row.pts_s is None else row.pts_s,
            "of_index": _moved(given, first) if given is not None else (head if head != number else None),
            "label_this": item.row.get("label_this", True) and shown,
        }
        made.append(Item({**item.row, **known}, rendition_media(row, item.media)))
    return made


def _moved(index: int | None, first: Mapping[int, int]) -> int | None:
    return index if index is None else first.get(index, index)


def _company_items(company: Sequence[_Part], parts: Sequence[_Part], first: Mapping[int, int]) -> list[Item]:
    """Return what is no member: moved with its item; the pictures of a recording that has new ones are left out."""
    pictured = {part.item.row["index"] for part in parts if part.pictures}
    made: list[Item] = []
    for part in company:
        item = part.item
        of_index = item.row.get("of_index")
        if item.row["role"] == "context" and of_index in pictured:
            continue
        of_index = _moved(of_index, first)
        if not part.rows:
            made.append(replace(item, row={**item.row, "of_index": of_index}))
        for row in part.rows:
            known = {"store": "publish", "key": row.key, "frame": row.source_frame, "of_index": of_index}
            version = item.row.get("version") or row.version
            made.append(Item({**item.row, **known, "version": version}, rendition_media(row, item.media)))
    return made


def _pictures(parts: Sequence[_Part], first: Mapping[int, int]) -> list[Item]:
    return [
        Item(
            {
                **dict.fromkeys(part.item.row),
                "series_id": part.item.row["series_id"],
                "index": 0,
                "role": "context",
                "store": "publish",
                "key": row.key,
                "version": row.version,
                "of_index": first[part.item.row["index"]],
                "label_this": False,
                "notes": [],
            },
            rendition_media(row, part.item.media),
        )
        for part in parts
        for row in part.pictures
    ]


def _numbered(beside: Sequence[Item]) -> list[Item]:
    """Return what is no member by (index, role); context and label rows count anew, each from 0."""
    numbers: Counter[str] = Counter()
    made: list[Item] = []
    for item in beside:
        role = item.row["role"]
        made.append(replace(item, row={**item.row, "index": numbers[role]}) if role in COMPANY else item)
        numbers[role] += 1
    return sorted(made, key=lambda item: (item.row["index"], item.row["role"]))


def _facts(
    series: Series, parts: Sequence[_Part], main: Sequence[Item], *, several: bool, grown: bool
) -> dict[str, Any]:
    """Return what changes in the row of the series: kind, number of items, common size."""
    sizes = {(item.media.get("width"), item.media.get("height")) for item in main}
    width, height = sizes.pop() if len(sizes) == 1 else (None, None)
    kind = series.row["kind"]
    if any(part.rows for part in parts):
        if several:
            kind = "versions"
        elif grown or kind in {"stack", "volume4d", "volume", "cine", "audio_image"}:
            kind = "frames"
    elif any(part.pictures for part in parts) and len(parts) == 1:
        kind = "audio_image"
    return {"kind": kind, "items": len(main), "width": width, "height": height}
