"""Photos with every EXIF orientation, numbered frames, windows of one image, and other formats."""

import io
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFont

from labelport.demo.scenes import chest, landscape, ultrasound, windowed

EXIF_ORIENTATION = 0x0112
ABSENT_FRAME = 13
FRAMES = 24
WINDOWS = {"lung": (-600.0, 1500.0), "bone": (400.0, 1800.0)}
"""Center and width in Hounsfield units."""

_STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What turns an upright picture into the one that a camera stores beside that orientation."""


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as the bytes of a file of that format."""
    out = io.BytesIO()
    picture.save(out, format=kind, **options)
    return out.getvalue()


def oriented_photos() -> Iterator[tuple[str, bytes]]:
    """Yield one photo for each EXIF orientation: all of them are shown upright, 480 x 320."""
    for orientation in range(1, 9):
        upright = Image.fromarray(landscape(480, 320, light=orientation - 1, moment=orientation / 9))
        draw = ImageDraw.Draw(upright)
        draw.text((18, 4), str(orientation), fill=(255, 255, 255), font=ImageFont.load_default(56))
        stored = upright.transpose(_STORED_AS[orientation]) if orientation in _STORED_AS else upright
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        yield f"photos/orientation_{orientation}.jpg", encoded(stored, "JPEG", quality=85, exif=exif)


def other_formats() -> Iterator[tuple[str, bytes]]:
    """Yield one picture of each other format that is read."""
    noon = Image.fromarray(landscape(320, 200, light=1, moment=0.3))
    yield "photos/formats/hills.png", encoded(noon, "PNG")
    yield "photos/formats/hills.webp", encoded(noon, "WEBP", quality=80)
    yield "photos/formats/hills.bmp", encoded(noon.resize((160, 100)), "BMP")
    yield "photos/formats/hills.tiff", encoded(noon, "TIFF", compression="tiff_lzw")
    yield "photos/formats/hills_cmyk.jpg", encoded(noon.convert("CMYK"), "JPEG", quality=85)
    day = [
        Image.fromarray(landscape(160, 100, light=n // 3, moment=n / 11)).convert("P", dither=Image.Dither.NONE)
        for n in range(12)
    ]
    yield "photos/formats/day.gif", encoded(day[0], "GIF", save_all=True, append_images=day[1:], duration=120, loop=0)
    ct = chest(192, level=0.5, seed=3)
    yield "photos/formats/sixteen_bits.png", encoded(Image.fromarray((ct.astype("i4") + 1024).astype("u2")), "PNG")


def numbered_frames() -> Iterator[tuple[str, bytes]]:
    """Yield frames of a drawn ultrasound, two beats; number 13 is missing."""
    for number in range(1, FRAMES + 1):
        if number != ABSENT_FRAME:
            frame = Image.fromarray(ultrasound(320, 240, phase=(number - 1) / 12))
            yield f"ultrasound/heart/frame_{number:04d}.png", encoded(frame, "PNG", optimize=True)


def window_versions() -> Iterator[tuple[str, bytes]]:
    """Yield the lung and the bone window of slices of three people."""
    for case in (7, 8, 9):
        ct = chest(256, level=0.35 + 0.05 * (case - 7), seed=case)
        for name, (center, width) in WINDOWS.items():
            yield (
                f"windows/case{case}_{name}.png",
                encoded(Image.fromarray(windowed(ct, center=center, width=width)), "PNG"),
            )
