"""Rows of real clouds and the images around them; headers are read here by hand, with nothing of ours."""

import re
from pathlib import Path

from labelport.storage.contract import Bucket
from labelport.testing.manifest import Prefix, media_row
from tests.labelport.manifests.real_files import prefix_of


def prefix_of_clouds(folder: Path, *, bin_kind: str = "pointcloud") -> tuple[Prefix, Bucket]:
    """Return the rows of a folder's clouds and images, and the folder as a bucket.

    ``bin_kind``: what the probe said of KITTI's files: pointcloud, or unknown where their bytes look like none.
    """
    prefix, bucket = prefix_of(folder, pattern="**/*.[jp][pn]*g")
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".pcd", ".bin"}:
            continue
        key = path.relative_to(folder).as_posix()
        listed = bucket.head(key)
        known = {"token": listed.token, "size": listed.size}
        if path.suffix == ".bin" and bin_kind == "unknown":
            prefix.media.append(media_row(key, kind="unknown", media_format="unknown", status="not_media", **known))
            continue
        width, height = _sides(path.read_bytes()) if path.suffix == ".pcd" else (listed.size // 16, 1)
        form = "pcd" if path.suffix == ".pcd" else "kitti"
        prefix.add(key, [media_row(key, kind="pointcloud", media_format=form, width=width, height=height, **known)])
    return prefix, bucket


def _sides(body: bytes) -> tuple[int, int]:
    found = dict(re.findall(rb"^(WIDTH|HEIGHT) (\d+)", body, re.MULTILINE))
    return int(found[b"WIDTH"]), int(found[b"HEIGHT"])
