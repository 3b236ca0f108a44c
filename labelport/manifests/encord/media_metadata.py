"""Media metadata of an entry: only where every member was probed and is exact (specification 3.3).

Encord uses them unchecked and reads no file: a wrong rate shifts every label.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from labelport.manifests.encord.sections import SECTIONS

COLUMNS = ("duration_exact", "bit_depth", "channels", "sample_rate", "pages", "video", "audio")
"""Columns of ``tables.MEDIA`` that are read here, beside the common ones."""


def media_metadata(section: str, media: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the media metadata of an object (row of ``tables.MEDIA``), or null where a member is unknown or a guess.

    Durations in seconds, rates in frames or samples a second, sizes in bytes and displayed pixels. A
    section without media metadata gives null.
    """
    members = SECTIONS[section].members
    values = {name: _known(_READERS[name](media)) for name, _ in members}
    if not members or None in values.values():
        return None
    return {name: kind(values[name]) for name, kind in members}


def _known(value: Any) -> Any:
    """Return a value, or null for what cannot be so: blank, zero, negative, no number."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and (not math.isfinite(value) or value <= 0):
        return None
    return value


def _duration(media: Mapping[str, Any]) -> Any:
    return media.get("duration_s") if media.get("duration_exact") else None


def _fps(media: Mapping[str, Any]) -> Any:
    """Return the rate where average and nominal rate are one: every frame lasts as long as the others."""
    stream = media.get("video") or {}
    return media.get("fps") if stream.get("variable_rate") is False else None


def _codec(media: Mapping[str, Any]) -> Any:
    codec = (media.get("audio") or {}).get("codec")
    return "pcm" if codec and codec.startswith("pcm_") else codec


def _bit_depth(media: Mapping[str, Any]) -> Any:
    return (media.get("audio") or {}).get("bit_depth") or media.get("bit_depth")


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "fps": _fps,
    "duration": _duration,
    "width": lambda media: media.get("width"),
    "height": lambda media: media.get("height"),
    "file_size": lambda media: media.get("size"),
    "mime_type": lambda media: media.get("mime_type"),
    "sample_rate": lambda media: media.get("sample_rate"),
    "bit_depth": _bit_depth,
    "codec": _codec,
    "num_channels": lambda media: media.get("channels"),
    "num_pages": lambda media: media.get("pages"),
}
