"""The floor: the least script that does the job. ``python -m benchmarks.floor FOLDER OUT``.

No faults, no hostile files, no incremental runs, no tokens: what a person writes in ten minutes.
"""

import os
import sys

import av
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

ORIENTATION = 0x0112


def rows_of(folder: str) -> list[dict[str, object]]:
    """Return a row for each file below a folder."""
    rows: list[dict[str, object]] = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118
            stat = os.stat(path)  # noqa: PTH116
            row: dict[str, object] = {
                "key": os.path.relpath(path, folder),
                "size": stat.st_size,
                "mtime": stat.st_mtime_ns,
            }
            if name.endswith(".mp4"):
                with av.open(path) as file:
                    stream = file.streams.video[0]
                    row |= {"format": file.format.name, "width": stream.width, "height": stream.height}
                    row |= {"mode": stream.codec_context.name, "frames": stream.frames}
            else:
                with Image.open(path) as picture:
                    row |= {"format": picture.format, "width": picture.width, "height": picture.height}
                    row |= {"mode": picture.mode, "frames": getattr(picture, "n_frames", 1)}
                    if picture.format != "PNG":  # for a PNG, Pillow decodes the whole picture to look for it
                        row["orientation"] = picture.getexif().get(ORIENTATION)
            rows.append(row)
    return sorted(rows, key=lambda row: str(row["key"]))


if __name__ == "__main__":
    pq.write_table(pa.Table.from_pylist(rows_of(sys.argv[1])), sys.argv[2])
