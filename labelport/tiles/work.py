"""The work of a worker: objects become small pictures. An error of one object ends here and becomes its words."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.probing.contract import BudgetSpent, RangeRead
from labelport.probing.reader import FewerBytes
from labelport.runners.contract import Begin
from labelport.storage.access import reopened
from labelport.storage.contract import Bucket
from labelport.tiles.picture import MOST_BYTES, RESULT, SIDE, NoPicture, Picture, row_of

WORK = "labelport.tiles.work:pictures"
"""Name of the work for the runner."""

WANTED = pa.schema(
    [
        ("key", pa.string()),
        ("size", pa.int64()),
        ("token", pa.string()),
        ("kind", pa.string()),
        ("frame", pa.int64()),
        ("frames", pa.int64()),
        ("other_key", pa.string()),
        ("other_size", pa.int64()),
        ("other_token", pa.string()),
    ]
)
"""One row a picture. ``kind`` as in ``tables.MEDIA``; ``frame``: 0-based frame or slice of ``frames``, null for the
object; ``other_*``: the second half of a pair."""

DRAWN = frozenset({"image", "dicom", "nifti", "video"})
"""Kinds of media of which there are pictures."""


def pictures(rows: pa.RecordBatch, options: Mapping[str, Any], begin: Begin) -> pa.RecordBatch:
    """Make the small pictures of a shard: ``WANTED`` in, ``RESULT`` out.

    ``options``: what ``access_of`` gives of the bucket; ``side``; ``grey`` (stills without colours, as a ground to
    draw on); ``tokens: md5`` where the token of a still is the md5 of the file, as that of a rendition is, and not
    what the bucket says of it.
    """
    bucket = reopened(options)
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows.to_pylist()):
        begin(number)
        try:
            found.append(row_of(_made(bucket, row, options)))
        except NoPicture as words:
            found.append({"why_not": str(words)})
        except (ObjectAbsent, ObjectChanged, FewerBytes):
            found.append({"why_not": "changed or vanished"})
        except BudgetSpent:
            found.append({"why_not": "too many bytes"})
        except Exception:  # the edge of one object: whatever a decoder raises is this object's fault
            found.append({"why_not": "cannot be decoded"})
    return pa.RecordBatch.from_pylist(found, schema=RESULT)


def _made(bucket: Bucket, row: Mapping[str, Any], options: Mapping[str, Any]) -> Picture:
    # Each kind has libraries of its own: a worker loads those that it meets.
    side, frame = int(options.get("side", SIDE)), row.get("frame")
    read, size = _reading(bucket, row["key"], row["token"]), row["size"]
    match row.get("kind"):
        case "image":
            from labelport.tiles.stills import still  # noqa: PLC0415

            body = _whole(bucket, row, by_md5=options.get("tokens") == "md5")
            return still(body, side=side, grey=bool(options.get("grey")), frame=frame or 0)
        case "dicom":
            from labelport.tiles.dicom_frames import frame_picture  # noqa: PLC0415

            return frame_picture(read, size, frame=frame or 0, side=side)
        case "nifti":
            from labelport.tiles.nifti_slices import slice_picture  # noqa: PLC0415

            other = None
            if row.get("other_key") is not None:
                other = (_reading(bucket, row["other_key"], row["other_token"]), row["other_size"])
            return slice_picture(read, size, index=frame, side=side, other=other)
        case "video":
            from labelport.tiles.clips import clip_picture  # noqa: PLC0415

            return clip_picture(read, size, frame=frame or 0, frames=row.get("frames") or 1, side=side)
    raise NoPicture("has no picture")


def _reading(bucket: Bucket, key: str, token: str) -> RangeRead:
    return lambda start, length: bucket.read_range(key, start, length, token=token)


def _whole(bucket: Bucket, row: Mapping[str, Any], *, by_md5: bool) -> bytes:
    if row["size"] > MOST_BYTES:
        raise NoPicture("too many bytes")
    body = bucket.read_range(row["key"], 0, row["size"], token=None if by_md5 else row["token"])
    if by_md5 and hashlib.md5(body).hexdigest() != row["token"]:
        raise ObjectChanged(row["key"])
    return body
