"""The bytes of a CVAT manifest, exactly as CVAT's tool writes them.

JSON Lines, ASCII, no blanks, one trailing newline; observed with the tool 2.54.1-alpha (specification
2.1 to 2.4). ``index.json`` holds the byte offset of every entry's line and has no trailing newline.
"""

import json
import posixpath
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labelport.manifests.contract import Sink
from labelport.manifests.cvat.layouts import BIN, extension_of, written_path
from labelport.manifests.sink import lazily

_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


def line(value: Mapping[str, Any]) -> bytes:
    """Return one line of a manifest."""
    return _ENCODE(value).encode("ascii") + b"\n"


def name_and_extension(path: str, *, version: str = "1.1") -> tuple[str, str]:
    r"""Return name and extension of a path as CVAT splits it.

    Version 1.1 turns a backslash into a slash, as the tool does; 1.0 keeps it.

    >>> name_and_extension("b/c/frame 98.v1.8.png")
    ('b/c/frame 98.v1.8', '.png')
    >>> name_and_extension(".hidden.png")
    ('.hidden', '.png')
    """
    name, extension = posixpath.splitext(path)
    return (name.replace("\\", "/") if version == "1.1" else name), extension


def image_entry(
    path: str,
    width: int,
    height: int,
    *,
    checksum: str | None = None,
    related: Sequence[str] = (),
    version: str = "1.1",
) -> dict[str, Any]:
    """Return the entry of an image: width and height in pixels, ``checksum`` the md5 of its pixels."""
    name, extension = name_and_extension(path, version=version)
    entry: dict[str, Any] = {"name": name, "extension": extension, "width": width, "height": height}
    hashed = {} if checksum is None else {"checksum": checksum}
    if version == "1.0":
        return {**entry, "meta": {"related_images": list(related)}, **hashed}
    return {**entry, **hashed, **({"meta": {"related_images": list(related)}} if related else {})}


def cloud_entry(
    path: str,
    width: int,
    height: int,
    *,
    checksum: str | None = None,
    related: Sequence[str] = (),
    version: str = "1.1",
) -> dict[str, Any]:
    """Return the entry of a cloud: the WIDTH and HEIGHT of its header, ``checksum`` the md5 of the file's bytes.

    A ``.bin`` is called ``.pcd``, and its own path stands in ``meta``. Version 1.0 has no sizes.
    """
    name, extension = name_and_extension(written_path(path), version=version)
    entry: dict[str, Any] = {"name": name, "extension": extension}
    if version == "1.1":
        entry |= {"width": width, "height": height}
    meta: dict[str, Any] = {"related_images": list(related)}
    if extension_of(path) == BIN:
        meta["original_name"] = path
    if version == "1.0" or related or len(meta) > 1:
        entry["meta"] = meta
    return entry if checksum is None else {**entry, "checksum": checksum}


def header(kind: str, *, version: str = "1.1") -> bytes:
    """Return the first two lines: ``kind`` is images or video."""
    return line({"version": version}) + line({"type": kind})


def video_header(
    name: str, resolution: Sequence[int], length: int, chapters: Sequence[Any], *, version: str = "1.1"
) -> bytes:
    """Return the first three lines of a video manifest; resolution is [width, height] in pixels."""
    properties: dict[str, Any] = {"name": name, "resolution": list(resolution), "length": length}
    if version == "1.1":
        properties["chapters"] = list(chapters)
    return header("video", version=version) + line({"properties": properties})


def write_manifest(sink: Sink, name: str, head: bytes, entries: Iterable[bytes], *, index: str | None) -> int:
    """Write a manifest and, where ``index`` names one, its index; return the number of entries.

    Nothing is written where there is no entry. The manifest comes first: a stale index makes a reader
    read the wrong lines.
    """
    offsets = array("Q")
    with lazily(sink, name) as output:
        for entry in entries:
            if not offsets:
                output.write(head)
            offsets.append(output.offset)
            output.write(entry)
    if index is not None and offsets:
        with sink.open(index) as file:
            file.writelines(b'%s"%d":%d' % (b"," if number else b"{", number, at) for number, at in enumerate(offsets))
            file.write(b"}")
    return len(offsets)
