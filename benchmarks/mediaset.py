"""The set that the catalogue is measured on: 5,000 images and 50 clips, the same ones every time.

70 % JPEG, 20 % PNG, 5 % TIFF, 5 % WebP, sides of 64 to 800 pixels, folders of 100; clips of 320 x 240 at
24 frames a second, H.264. Kept in ``.cache/``, which git ignores.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

VERSION = 1
SEED = 20240
FOLDER_OF = 100
CACHE = Path(__file__).resolve().parent.parent / ".cache"

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
_SHARES = (70, 20, 5, 5)
_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "TIFF": "tiff", "WEBP": "webp"}
_OPTIONS: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 85},
    "PNG": {"compress_level": 1},
    "TIFF": {},
    "WEBP": {"quality": 75, "method": 0},
}


def mediaset(*, images: int = 5000, clips: int = 50, say: Callable[[str], None] = print) -> Path:
    """Return the folder of the set; made where it is not there yet (a minute or two)."""
    folder = CACHE / f"mediaset-{VERSION}-{images}-{clips}"
    if not (folder / "done").exists():
        say(f"making {images:,} images and {clips} clips in {folder} (once)")
        shutil.rmtree(folder, ignore_errors=True)
        write_images(folder / "bucket", images)
        write_clips(folder / "bucket", clips)
        (folder / "done").touch()
    return folder / "bucket"


def write_images(folder: Path, count: int, *, first: int = 0) -> list[Path]:
    """Write images ``first`` to ``first + count - 1`` and return their paths; each depends on its number alone."""
    canvas = _canvas()
    paths = []
    for number in range(first, first + count):
        choice = random.Random(SEED + number)
        kind = choice.choices(_FORMATS, _SHARES)[0]
        width, height = choice.randint(64, 800), choice.randint(64, 800)
        left, top = choice.randint(0, 1023 - width), choice.randint(0, 1023 - height)
        picture = Image.fromarray(np.roll(canvas[top : top + height, left : left + width], choice.randrange(3), axis=2))
        path = folder / f"{number // FOLDER_OF:03d}" / f"image_{number:05d}.{_EXTENSIONS[kind]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, kind, **_OPTIONS[kind])
        paths.append(path)
    return paths


def write_clips(folder: Path, count: int) -> None:
    """Write clips of 2 to 5 seconds."""
    canvas = _canvas()
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        choice = random.Random(SEED - 1 - number)
        frames, left, top = choice.randint(48, 120), choice.randint(0, 400), choice.randint(0, 600)
        with av.open(str(folder / "clips" / f"clip_{number:03d}.mp4"), "w") as file:
            stream = file.add_stream("libx264", rate=24, options={"preset": "veryfast", "x264-params": "threads=1"})
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            for n in range(frames):
                at = left + 2 * n
                view = np.ascontiguousarray(canvas[top : top + 240, at : at + 320])
                file.mux(stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")))
            file.mux(stream.encode(None))


def _canvas() -> np.ndarray:
    """Return a soft, coloured texture of 1,024 x 1,024 that compresses as photos do."""
    coarse = np.random.default_rng(SEED).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    soft = np.asarray(Image.fromarray(coarse).resize((1024, 1024), Image.Resampling.BICUBIC))
    grain = np.random.default_rng(SEED + 1).integers(-2, 3, soft.shape)
    canvas: np.ndarray = np.clip(soft.astype(np.int16) + grain, 0, 255).astype(np.uint8)
    return canvas
