"""Still images, by Pillow's own values."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labelport.tiles.picture import MOST_PIXELS, NoPicture
from labelport.tiles.stills import still
from tests.media import photo, png_bomb


def encoded(image: Any, kind: str = "PNG", **words: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **words)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "PPM", "WEBP", "JPEG2000"])
def test_a_picture_that_is_small_already_has_the_pixels_that_pillow_gives(kind: str) -> None:
    body = photo(kind, 40, 30)
    with Image.open(io.BytesIO(body)) as image:
        judged = np.asarray(image.convert("RGB"))
    made = still(body)
    assert (made.width, made.height) == (40, 30)
    assert np.array_equal(made.pixels, judged)


def test_a_large_picture_is_made_small_and_keeps_its_form() -> None:
    made = still(encoded(Image.new("RGB", (4000, 1000), (200, 30, 40))), side=96)
    assert (made.width, made.height, made.pixels.shape) == (4000, 1000, (24, 96, 3))
    assert (made.pixels == (200, 30, 40)).all()


def test_the_small_picture_is_turned_as_exif_says_and_knows_the_size_of_the_large_one() -> None:
    image = Image.new("L", (400, 200))
    image.paste(255, (0, 0, 200, 200))
    exif = Image.Exif()
    exif[274] = 6
    made = still(encoded(image, "JPEG", exif=exif), side=50, grey=True)
    assert (made.width, made.height, made.pixels.shape) == (200, 400, (50, 25))
    assert (made.pixels[2, 12], made.pixels[47, 12]) == (255, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_grounds_of_any_mode_are_spread_from_dark_to_light(mode: str) -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8), (40, 1))
    if mode in ("I;16", "F"):
        image = Image.fromarray((ramp.astype(np.float32) * 5 + 700).astype(np.uint16 if mode == "I;16" else np.float32))
        body = encoded(image, "TIFF")
    else:
        body = encoded(Image.fromarray(ramp * np.uint8(4)).convert(mode), "TIFF")
    grey = still(body, grey=True).pixels
    assert grey.ndim == 2
    assert (grey.min(), grey.max()) == (0, 255)
    shown = still(body).pixels
    assert shown.dtype == np.uint8
    assert (shown.ndim == 2) == (mode in ("1", "L", "I;16", "F"))


def test_a_ground_of_one_colour_is_grey() -> None:
    assert (still(encoded(Image.new("RGB", (9, 9), (1, 2, 3))), grey=True).pixels == 128).all()


def test_what_is_transparent_is_on_white() -> None:
    assert (still(encoded(Image.new("RGBA", (9, 9), (1, 2, 3, 0)))).pixels == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP"])
def test_a_later_frame_of_an_animation_is_that_frame(kind: str) -> None:
    body = photo(kind, 40, 30, frames=3)
    with Image.open(io.BytesIO(body)) as image:
        image.seek(2)
        judged = np.asarray(image.convert("RGB"))
    assert np.array_equal(still(body, frame=2).pixels, judged)
    with pytest.raises(NoPicture, match="frame"):
        still(body, frame=3)


def test_a_picture_of_too_many_pixels_is_refused_by_its_header() -> None:
    header = encoded(Image.new("1", (8, 8)))
    wide = header[:16] + (MOST_PIXELS // 2 + 1).to_bytes(4, "big") + (2).to_bytes(4, "big") + header[24:]
    wide = wide[:29] + struct.pack(">I", zlib.crc32(wide[12:29])) + wide[33:]
    with pytest.raises(NoPicture, match="pixels"):
        still(wide)
    with pytest.raises(Exception, match="pixels"):
        still(png_bomb(50_000, 50_000))
