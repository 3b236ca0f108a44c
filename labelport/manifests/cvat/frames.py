"""Key frames of a video as CVAT's tool lists them, by its algorithm exactly (specification 2.11).

Every frame is decoded, and every key frame is sought on a second container: the list is not the
container's table of key frames. Checksums are of the pixels before rotation.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

MOST_FRAMES_A_KEY = 109
"""3 * 36 + 1: frames for each listed key frame at which the tool gives up [C]."""

SEEK_FRAMES = 200
"""Frames that are decoded after a seek [C]."""

PICTURE_TYPE_I = 1


class VideoRefused(Exception):
    """CVAT's tool refuses this video: ``code`` of the finding, and the message."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class VideoFacts:
    """What the manifest of a video says."""

    resolution: tuple[int, int]
    """Width, height in pixels, turned by the display matrix."""

    length: int
    """Frames that were decoded."""

    chapters: tuple[dict[str, Any], ...]
    """start, stop (frame numbers), metadata, id."""

    frames: tuple[tuple[int, int, str], ...]
    """number, pts in the stream's time base, md5 of the RGB pixels."""


@dataclass
class _Progress:
    """What grows while frames are decoded."""

    listed: list[tuple[int, int, str]] = field(default_factory=list)
    pts: list[int] = field(default_factory=list)
    last_dts: int | None = None
    landing: int | None = None


def video_facts(open_container: Callable[[], Any], *, force: bool) -> VideoFacts:
    """Return what CVAT's manifest says of a video; ``open_container`` opens it anew at each call.

    Raises ``VideoRefused`` where the tool gives up, and what PyAV raises for a broken stream.
    ``force`` lifts the rule of too few key frames alone.
    """
    with open_container() as container, open_container() as second:
        if not container.streams.video:
            raise VideoRefused("manifest.skipped", "it has no video stream")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        replay = SeekReplay(second)
        progress = _Progress()
        resolution: tuple[int, int] | None = None
        for number, frame in enumerate(container.decode(stream)):
            if resolution is None:
                resolution = _first_frame(frame)
            _check_times(frame, progress)
            if frame.key_frame:
                _list_key_frame(number, frame, replay, progress)
            if not force and (number + 1) // max(len(progress.listed), 1) >= MOST_FRAMES_A_KEY:
                raise VideoRefused(
                    "cvat.keyframes_too_sparse",
                    f"{len(progress.listed)} key frames for the first {number + 1} frames: "
                    f"CVAT wants one in fewer than {MOST_FRAMES_A_KEY}",
                )
        if resolution is None:
            raise VideoRefused("manifest.skipped", "no frame can be decoded")
        if not progress.listed:
            raise VideoRefused("cvat.keyframes_none", "none of its key frames can be sought")
        chapters = chapter_frames(container.chapters(), stream.time_base, sorted(progress.pts))
        return VideoFacts(resolution, len(progress.pts), chapters, tuple(progress.listed))


def _first_frame(frame: Any) -> tuple[int, int]:
    if int(frame.pict_type) != PICTURE_TYPE_I:
        raise VideoRefused("cvat.first_frame_not_key", "the first frame is not a key frame")
    if round(frame.rotation) % 180 == 90:
        return frame.height, frame.width
    return frame.width, frame.height


def _check_times(frame: Any, progress: _Progress) -> None:
    if frame.pts is None or (progress.pts and frame.pts <= progress.pts[-1]):
        raise VideoRefused("cvat.timestamps_not_increasing", f"the PTS of frame {len(progress.pts)} does not grow")
    if frame.dts is not None and progress.last_dts is not None and frame.dts <= progress.last_dts:
        raise VideoRefused("cvat.timestamps_not_increasing", f"the DTS of frame {len(progress.pts)} does not grow")
    progress.pts.append(frame.pts)
    progress.last_dts = frame.dts


def _list_key_frame(number: int, frame: Any, replay: "SeekReplay", progress: _Progress) -> None:
    checksum = pixel_checksum(frame)
    landing = replay.landing(frame.pts, checksum, previous=progress.landing)
    if landing is not None:
        progress.listed.append((number, frame.pts, checksum))
        progress.landing = landing


def pixel_checksum(frame: Any) -> str:
    """Return the md5 of a frame's RGB24 pixels, rows without padding, before rotation.

    These are the bytes of PyAV's ``to_image().tobytes()``, whose copying takes longer than all of this.
    """
    plane = frame.reformat(format="rgb24").planes[0]
    row_bytes, stride = plane.width * 3, plane.line_size
    pixels = memoryview(plane)
    if stride == row_bytes:
        return hashlib.md5(pixels[: stride * plane.height]).hexdigest()
    hashed = hashlib.md5()
    for start in range(0, stride * plane.height, stride):
        hashed.update(pixels[start : start + row_bytes])
    return hashed.hexdigest()


class SeekReplay:
    """Seeks on a container of its own, as a reader of the manifest will."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self._stream = container.streams.video[0]
        self._stream.thread_type = "AUTO"

    def landing(self, pts: int, checksum: str, *, previous: int | None) -> int | None:
        """Return the PTS at which a seek to ``pts`` lands, or null where the key frame cannot be listed.

        It can not where the seek lands as that of the ``previous`` listed key frame, or where the first
        frame at or behind ``pts`` among 200 has another PTS or other pixels.
        """
        self._container.seek(offset=pts, stream=self._stream)
        landing: int | None = None
        for number, frame in enumerate(self._container.decode(self._stream)):
            if number >= SEEK_FRAMES:
                return None
            if landing is None:
                landing = frame.pts
                if landing == previous:
                    return None
            if frame.pts < pts:
                continue
            return landing if frame.pts == pts and pixel_checksum(frame) == checksum else None
        return None


def chapter_frames(
    chapters: Iterable[dict[str, Any]], time_base: Fraction, pts: Sequence[int]
) -> tuple[dict[str, Any], ...]:
    """Return chapters with their times as frame numbers; ``pts`` sorted, in the stream's time base.

    ``stop`` is the frame before the one nearest to the chapter's end, or that frame itself where the
    chapter ends behind the last one. A very short chapter can stop before it starts, as in the tool.
    """
    found = []
    for chapter in chapters:
        source = Fraction(chapter["time_base"])
        start = _rescaled(chapter["start"], source, time_base)
        end = _rescaled(chapter["end"], source, time_base)
        stop = _nearest(pts, end)
        found.append(
            {
                "start": _nearest(pts, start),
                "stop": stop if end > pts[-1] else stop - 1,
                "metadata": dict(chapter["metadata"]),
                "id": chapter["id"],
            }
        )
    return tuple(found)


def _rescaled(time: int, source: Fraction, target: Fraction) -> int:
    return int(time * source / target + Fraction(1, 2))


def _nearest(pts: Sequence[int], wanted: int) -> int:
    at = bisect_left(pts, wanted)
    if at == 0:
        return 0
    if at == len(pts):
        return at - 1
    return at - 1 if wanted - pts[at - 1] <= pts[at] - wanted else at
