"""Rows of real files: what inventory, probes and series would say, told by Pillow and by nothing of ours."""

from pathlib import Path

from PIL import Image

from labelport.storage.contract import Bucket
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import Prefix, Row, media_row

VIDEOS = {".mp4": "mp4", ".mkv": "matroska", ".webm": "webm", ".avi": "avi"}


def prefix_of(folder: Path, *, pattern: str = "**/*") -> tuple[Prefix, Bucket]:
    """Return the rows of a folder's files, every good one a series of its own, and the folder as a bucket."""
    bucket = open_bucket(str(folder))
    prefix = Prefix()
    for path in sorted(p for p in folder.glob(pattern) if p.is_file()):
        key = path.relative_to(folder).as_posix()
        row = _media(path, key, bucket)
        if row["status"] == "ok":
            prefix.add(key, [row], rule="single" if row["kind"] != "video" else "video")
        else:
            prefix.media.append(row)
    return prefix, bucket


def _media(path: Path, key: str, bucket: Bucket) -> Row:
    listed = bucket.head(key)
    known: Row = {"token": listed.token, "size": listed.size}
    if listed.size == 0:
        return media_row(key, kind="unknown", media_format="", status="empty", **known)
    if path.suffix in VIDEOS:
        kind = "unknown" if path.name == "notvideo.mp4" else "video"
        status = "ok" if kind == "video" else "not_media"
        return media_row(key, kind=kind, media_format=VIDEOS[path.suffix], status=status, **known)
    try:
        with Image.open(path) as image:
            orientation = image.getexif().get(274, 1)
            width, height = image.size
            turned = (height, width) if orientation > 4 else (width, height)
            stored = turned if image.format == "TIFF" else (width, height)
            shown = (width, height) if image.format == "TIFF" else turned
            return media_row(
                key,
                media_format=str(image.format).lower(),
                width=shown[0],
                height=shown[1],
                stored_width=stored[0],
                stored_height=stored[1],
                orientation=orientation,
                extension_mismatch=path.name == "wrong_ext.png",
                **known,
            )
    except OSError:
        return media_row(key, kind="unknown", media_format="", status="not_media", **known)
