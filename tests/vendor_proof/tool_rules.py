"""CVAT's manifest of one video, by the rules of its tool and by nothing of ours: the judge of our own.

Written from the description of the tool (specification of the manifests, 2.1 and 2.11), without a look at
``labelport.manifests.cvat``, which must come to the same bytes. It reads a file, decodes it once, and for each
key frame opens the file again: slow, and with nothing shared between the steps.
"""

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

INTRA = 1
"""AV_PICTURE_TYPE_I of FFmpeg."""

SPARSE = 3 * 36 + 1
TRIED = 200


class Refused(Exception):
    """The tool writes no manifest of this video."""


def video_manifest(path: Path, *, force: bool) -> bytes:
    """Return the bytes of the manifest; raises ``Refused``, and what PyAV raises for a file that is no video."""
    times: list[int] = []
    decode_times: list[int] = []
    keys: list[tuple[int, int, str]] = []
    resting: int | None = None
    with av.open(str(path)) as container:
        track = container.streams.video[0]
        track.thread_type = "AUTO"
        for index, picture in enumerate(container.decode(track)):
            if index == 0:
                if int(picture.pict_type) != INTRA:
                    raise Refused("The first frame is not a key frame")
                across = round(picture.rotation) % 180 != 0
                sides = [picture.height, picture.width] if across else [picture.width, picture.height]
            if picture.pts is None or not all(earlier < picture.pts for earlier in times[-1:]):
                raise Refused("Detected non-increasing PTS sequence in the video")
            if picture.dts is not None:
                if not all(earlier < picture.dts for earlier in decode_times[-1:]):
                    raise Refused("Detected non-increasing DTS sequence in the video")
                decode_times.append(picture.dts)
            times.append(picture.pts)
            if picture.key_frame:
                digest = _digest(picture)
                arrival = _arrival(path, picture.pts, digest, resting)
                if arrival is not None:
                    keys.append((index, picture.pts, digest))
                    resting = arrival
            if not force and (index + 1) // (len(keys) or 1) >= SPARSE:
                raise Refused("The number of keyframes is not enough for smooth iteration over the video")
        if not keys:
            raise Refused("Could not find any valid keyframes in the video")
        marks = [_mark(chapter, track.time_base, times) for chapter in container.chapters()]
    lines: list[dict[str, Any]] = [
        {"version": "1.1"},
        {"type": "video"},
        {"properties": {"name": path.name, "resolution": sides, "length": len(times), "chapters": marks}},
        *({"number": number, "pts": pts, "checksum": digest} for number, pts, digest in keys),
    ]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode("ascii")


def _digest(picture: Any) -> str:
    return hashlib.md5(picture.to_image().tobytes()).hexdigest()


def _arrival(path: Path, wanted: int, digest: str, resting: int | None) -> int | None:
    """Return where a seek to a key frame arrives, or null where the tool leaves the key frame out."""
    with av.open(str(path)) as container:
        track = container.streams.video[0]
        track.thread_type = "AUTO"
        container.seek(offset=wanted, stream=track)
        arrival = None
        for tried, picture in enumerate(container.decode(track)):
            if tried == 0:
                arrival = picture.pts
            if arrival == resting or tried == TRIED:
                return None
            if picture.pts is not None and picture.pts >= wanted:
                return arrival if (picture.pts, _digest(picture)) == (wanted, digest) else None
    return None


def _mark(chapter: Any, base: Fraction | None, times: list[int]) -> dict[str, Any]:
    """Return a chapter with frame numbers for its times."""
    assert base is not None, "a stream that was decoded has a time base"
    begin, end = (int(chapter[side] * (chapter["time_base"] / base) + 0.5) for side in ("start", "end"))
    ordered = sorted(times)
    first, last = _closest(ordered, begin), _closest(ordered, end)
    stop = last if end > ordered[-1] else last - 1
    return {"start": first, "stop": stop, "metadata": dict(chapter["metadata"]), "id": chapter["id"]}


def _closest(ordered: list[int], time: int) -> int:
    return min(range(len(ordered)), key=lambda at: abs(ordered[at] - time))
