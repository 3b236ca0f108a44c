"""Rows of a prefix that was never scanned: media, series, items and renditions, as manifests are made of them."""

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelport.privacy import series_id
from labelport.tables import ITEMS, MEDIA, RENDITIONS, SERIES, Table

Row = dict[str, Any]

USE = "shown"
"""Name of the rendition in ``rendered_prefix``."""


def _row(table: Table, given: Mapping[str, Any]) -> Row:
    unknown = given.keys() - set(table.schema.names)
    assert not unknown, f"{table.name} has no column {sorted(unknown)}"
    return {**dict.fromkeys(table.schema.names), **given}


def media_row(key: str, *, kind: str = "image", media_format: str = "png", **given: Any) -> Row:
    """Return a media row of an object, good unless said otherwise; columns not given are null."""
    name = key.rsplit("/", 1)[-1]
    known = {
        "store": "raw",
        "key": key,
        "token": f"token of {key}",
        "size": 100,
        "kind": kind,
        "format": media_format,
        "extension": f".{name.rsplit('.', 1)[1]}" if "." in name else "",
        "extension_mismatch": False,
        "status": "ok",
        "probe_version": f"{kind}-1",
        **({"width": 8, "height": 6, "stored_width": 8, "stored_height": 6, "frames": 1} if kind == "image" else {}),
    }
    return _row(MEDIA, {**known, **given})


@dataclass
class Prefix:
    """Rows of the tables that a manifest is made of."""

    media: list[Row] = field(default_factory=list)
    series: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    renditions: list[Row] = field(default_factory=list)
    """Without any, none were ever made."""

    def add(self, name: str, media: Sequence[Row], *, kind: str = "single", rule: str = "single", **given: Any) -> str:
        """Add a series of these objects, in this order; return its id. ``given``: columns of the series."""
        identity = series_id(dataset="made", rule=rule, group_key=name)
        self.series.append(
            _row(
                SERIES,
                {
                    "series_id": identity,
                    "rule": rule,
                    "kind": kind,
                    "group_key": name,
                    "items": len(media),
                    "flags": [],
                    "attributes": [],
                    "metadata": [],
                    **given,
                },
            )
        )
        for index, row in enumerate(media):
            role = row["kind"] if row["kind"] in {"audio", "video"} else "image"
            self.add_item(identity, index, row, role=role)
        return identity

    def add_item(self, identity: str, index: int, media: Row, *, role: str = "image", **given: Any) -> None:
        """Add one item and its object to a series."""
        known = {
            "series_id": identity,
            "index": index,
            "role": role,
            "store": media["store"],
            "key": media["key"],
            "label_this": True,
            "notes": [],
        }
        self.items.append(_row(ITEMS, {**known, **given}))
        if media not in self.media:
            self.media.append(media)

    def render(self, identity: str, index: int, media: Row, name: str, *, kind: str = "frame", **given: Any) -> None:
        """Add a good rendition of an object of a series; ``name``: that of its file below the series' folder."""
        known = {
            "store": "publish",
            "key": f"renditions/{USE}/{identity}/{name}",
            "source_store": media["store"],
            "source_key": media["key"],
            "source_token": media["token"],
            "kind": kind,
            "name": USE,
            "params_hash": "0" * 16,
            "width": 8,
            "height": 6,
            "size": 90,
            "md5": hashlib.md5(f"{identity}/{name}".encode()).hexdigest(),
            "status": "ok",
            "series_id": identity,
            "item_index": index,
        }
        self.renditions.append(_row(RENDITIONS, {**known, **given}))

    def shuffled(self, seed: int) -> "Prefix":
        """Return the same rows in another order."""
        order = random.Random(seed)
        tables = (self.media, self.series, self.items, self.renditions)
        return Prefix(*(order.sample(rows, len(rows)) for rows in tables))

    def media_in_order(self) -> Iterator[Row]:
        """Yield the media rows in key order."""
        return iter(sorted(self.media, key=lambda row: (row["store"].encode(), row["key"].encode())))


def made_prefix() -> Prefix:
    """Return frames, versions, single images and a stack of DICOM: what any platform may be given."""
    prefix = Prefix()
    prefix.add("us/case9", [media_row(f"us/case9/f{n:03}.png") for n in range(12)], kind="frames", rule="pattern")
    prefix.add("us/case10", [media_row(f"us/case10/f{n}.png") for n in range(3)], kind="frames", rule="pattern")
    versions = prefix.add("ct/7", [], kind="versions", rule="pattern", items=2)
    for index, name in enumerate(("bone", "lung")):
        prefix.add_item(versions, index, media_row(f"ct/7_{name}.png"), version=name)
    for key in ("é.png", "b/z.jpg", "b/A.jpg"):
        prefix.add(key, [media_row(key, media_format="jpeg" if key.endswith("jpg") else "png")])
    dicom = [media_row(f"ct/s/{n}.dcm", kind="dicom", media_format="dicom", frames=1) for n in range(3)]
    prefix.add("ct/s", dicom, kind="stack", rule="dicom")
    return prefix


def rendered_prefix() -> tuple[Prefix, dict[str, str]]:
    """Return series with renditions of every kind, and their ids by name; the series ``lacking`` lacks one.

    All renditions have one name, ``USE``, so that one manifest shows all. Keys of what is replaced hold
    ``unrendered``, names of pictures the name of the series and the number.
    """
    prefix = Prefix()
    ids: dict[str, str] = {}
    for name in ("clip", "lacking"):
        clip = media_row(f"{name}/unrendered.mp4", kind="video", media_format="mp4", frames=3, frames_exact=True)
        ids[name] = prefix.add(f"{name}/unrendered.mp4", [clip], kind="frames", rule="video")
        for frame in range(3):
            picture: Row = {"source_frame": frame, "pts_s": frame / 25}
            if (name, frame) == ("lacking", 1):
                picture |= {"status": "failed", "error": "It is damaged."}
            prefix.render(ids[name], 0, clip, f"{name}-{frame:06}.jpg", **picture)
    for name, slices, windows in (("stack", 3, ("",)), ("windows", 2, ("bone", "lung"))):
        keys = [f"{name}/unrendered{number}.dcm" for number in range(slices)]
        dicom = [media_row(key, kind="dicom", media_format="dicom", frames=1) for key in keys]
        ids[name] = prefix.add(name, dicom, kind="stack", rule="dicom")
        for index, row in enumerate(dicom):
            for window in windows:
                end = f"_{window}" if window else ""
                picture = {"kind": "window", "version": window or None}
                prefix.render(ids[name], index, row, f"{name}-{index:06}{end}.png", **picture)
    sound = media_row("sound/take.wav", kind="audio", media_format="wav", duration_s=2.0, sample_rate=44_100)
    ids["sound"] = prefix.add("sound/take.wav", [sound])
    prefix.render(ids["sound"], 0, sound, "sound-000000.png", kind="spectrogram")
    return prefix, ids
