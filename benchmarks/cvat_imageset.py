"""The set that CVAT's rate is measured on: images in the mix of the fixtures, about 0.4 Mpx, and a 1080p clip.

All modes and orientations, nested and non-ASCII folders; each depends on its number alone. Kept in ``.cache/``,
which git ignores.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

from benchmarks.mediaset import CACHE

VERSION = 1
SEED = 20250

_FOLDERS = ("", "b", "b/c", "B2", "натур/子", "z.dir")
_KINDS = (
    ("JPEG", "L", 13),
    ("JPEG", "RGB", 13),
    ("JPEG", "CMYK", 5),
    ("PNG", "I;16", 14),
    ("PNG", "1", 6),
    ("PNG", "L", 6),
    ("PNG", "RGB", 4),
    ("PNG", "P", 2),
    ("PNG", "LA", 2),
    ("PNG", "RGBA", 1),
)
"""Format, mode and how many of the 66 images of the fixtures have them."""


def imageset(*, images: int, say: Callable[[str], None] = print) -> Path:
    """Return the folder of the images and of one 1080p clip; made where it is not there yet (some minutes)."""
    folder = CACHE / f"cvat-{VERSION}-{images}"
    if not (folder / "done").exists():
        say(f"making {images:,} images and a clip in {folder} (once)")
        shutil.rmtree(folder, ignore_errors=True)
        for number in range(images):
            _write_image(folder / "images", number)
        _write_clip(folder / "video" / "clip.mp4")
        (folder / "done").touch()
    return folder


def _write_image(folder: Path, number: int) -> None:
    choice = random.Random(SEED + number)
    ((form, mode, _),) = choice.choices(_KINDS, [share for *_, share in _KINDS])
    width, height = choice.choice([(760, 528), (640, 480), (800, 600), (528, 760)])
    soft = np.asarray(
        Image.fromarray(np.random.default_rng(SEED + number).integers(0, 256, (24, 24, 3), dtype=np.uint8)).resize(
            (width, height), Image.Resampling.BICUBIC
        )
    )
    grain = np.random.default_rng(number).integers(-3, 4, soft.shape)
    picture = Image.fromarray(np.clip(soft.astype(np.int16) + grain, 0, 255).astype(np.uint8))
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    elif mode != "RGB":
        picture = picture.convert(mode)
    exif = Image.Exif()
    exif[274] = choice.randint(1, 8)
    path = folder / choice.choice(_FOLDERS) / f"img{number}.{'jpg' if form == 'JPEG' else 'png'}"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, form, exif=exif)


def _write_clip(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas = np.random.default_rng(SEED).integers(0, 256, (270, 640, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25, options={"preset": "veryfast", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(240):
            view = np.ascontiguousarray(canvas[:1080, 2 * number : 2 * number + 1920])
            file.mux(stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")))
        file.mux(stream.encode(None))
