"""EXIF and XMP: which of them turns an image, and what unreadable ones do (nothing)."""

import io
import zlib

import pytest
from PIL import Image

from labelport.probing.image import PROBE
from tests.labelport.probing.objects import probed
from tests.media import exif, photo, png_chunk, with_segments

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def xmp_chunk(*, packed: bool) -> bytes:
    body = zlib.compress(XMP) if packed else XMP
    return png_chunk(b"iTXt", b"XML:com.adobe.xmp\x00" + bytes([packed, 0]) + b"\x00\x00" + body)


@pytest.mark.parametrize(
    "content",
    [
        photo("PNG")[:33] + xmp_chunk(packed=False) + photo("PNG")[33:],
        photo("PNG")[:33] + xmp_chunk(packed=True) + photo("PNG")[33:],
        photo("PNG")[:-12] + xmp_chunk(packed=False) + photo("PNG")[-12:],
        with_segments(photo("JPEG"), b"\xff\xe1http://ns.adobe.com/xap/1.0/\x00" + XMP),
        photo("WEBP", xmp=XMP),
    ],
    ids=["png", "png, compressed", "png, behind the pixels", "jpeg", "webp"],
)
def test_xmp_turns_an_image_where_exif_says_nothing(content: bytes) -> None:
    row, _ = probed(PROBE, content)
    with Image.open(io.BytesIO(content)) as judge:
        assert judge.getexif()[0x0112] == 6
    assert (row["orientation"], row["width"], row["height"]) == (6, 30, 40)


def test_exif_comes_before_xmp() -> None:
    content = with_segments(photo("JPEG"), b"\xff\xe1http://ns.adobe.com/xap/1.0/\x00" + XMP, b"\xff\xe1" + exif(3))
    assert probed(PROBE, content)[0]["orientation"] == 3


def test_the_exif_profile_of_imagemagick_is_read() -> None:
    block = exif(6)
    text = b"\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    plain = photo("PNG")
    for chunk in (
        png_chunk(b"tEXt", b"Raw profile type exif\x00" + text),
        png_chunk(b"zTXt", b"Raw profile type exif\x00\x00" + zlib.compress(text)),
    ):
        content = plain[:33] + chunk + plain[33:]
        with Image.open(io.BytesIO(content)) as judge:
            assert judge.getexif()[0x0112] == 6
        assert probed(PROBE, content)[0]["orientation"] == 6


@pytest.mark.parametrize(
    "block", [b"Exif\x00\x00", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00" + b"?" * 40, exif(1)[:20]]
)
def test_exif_that_cannot_be_read_never_fails_an_image(block: bytes) -> None:
    row, _ = probed(PROBE, with_segments(photo("JPEG"), b"\xff\xe1" + block))
    assert (row["status"], row["width"], row["flags"]) == ("ok", 40, ["exif_unreadable"])


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(orientation: int) -> None:
    row, _ = probed(PROBE, photo("JPEG", orientation=orientation))
    assert (row["orientation"], row["width"]) == (None, 40)
