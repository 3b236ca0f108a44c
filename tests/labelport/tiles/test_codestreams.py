"""Headers of compressed frames: what they promise, and nothing is believed that does not stand where it must."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import RLELossless

from labelport.tiles.codestreams import BadCodestream, Codestream, jpeg2000_header, jpeg_header, run_length_size


def picture(kind: str, mode: str = "L", **options: object) -> bytes:
    sink = io.BytesIO()
    Image.new(mode, (30, 20)).save(sink, kind, **options)
    return sink.getvalue()


def bundled(name: str) -> tuple[bytes, Dataset]:
    """Return the first frame of a file of pydicom, and its header."""
    made = get_testdata_file(name, read=True, download=False)
    assert isinstance(made, Dataset)
    return get_frame(made.PixelData, 0, number_of_frames=1), made


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_says_its_size_components_and_depth(progressive: bool) -> None:
    assert jpeg_header(picture("JPEG", progressive=progressive)) == Codestream(30, 20, 1, 8)
    assert jpeg_header(picture("JPEG", "RGB")) == Codestream(30, 20, 3, 8)


@pytest.mark.parametrize("options", [{"no_jp2": True}, {"no_jp2": False}, {"tile_size": (8, 8)}], ids=str)
def test_a_jpeg_2000_says_its_size_with_boxes_around_it_and_without(options: dict[str, object]) -> None:
    assert jpeg2000_header(picture("JPEG2000", "RGB", **options)) == Codestream(30, 20, 3, 8)


@pytest.mark.parametrize(
    ("name", "precision"),
    [
        ("JPEGLSNearLossless_08.dcm", 8),
        ("JPEGLSNearLossless_16.dcm", 16),
        ("MR_small_jpeg_ls_lossless.dcm", 16),
        ("SC_rgb_jpeg_gdcm.dcm", 8),
        ("JPGExtended.dcm", 12),
        ("MR_small_jp2klossless.dcm", 16),
        ("693_J2KI.dcm", 16),
    ],
)
def test_real_frames_have_the_size_of_their_dicom_header_and_a_depth_of_their_own(name: str, precision: int) -> None:
    frame, header = bundled(name)
    read = jpeg2000_header if "2000" in header.file_meta.TransferSyntaxUID.name else jpeg_header
    assert read(frame) == Codestream(header.Columns, header.Rows, header.SamplesPerPixel, precision)


def test_a_marker_that_does_not_stand_where_the_last_one_ends_is_not_looked_for() -> None:
    body = picture("JPEG")
    with pytest.raises(BadCodestream, match="marker"):
        jpeg_header(body[:2] + b"\0" + body[2:])
    assert jpeg_header(body[:2] + b"\xff\xff" + body[2:]) == Codestream(30, 20, 1, 8)  # fill bytes are allowed


@pytest.mark.parametrize("size", [(0, 30), (20, 0)])
def test_a_jpeg_without_a_height_or_a_width_is_refused(size: tuple[int, int]) -> None:
    body = bytearray(picture("JPEG"))
    at = body.index(b"\xff\xc0") + 5
    body[at : at + 4] = struct.pack(">HH", *size)
    with pytest.raises(BadCodestream):
        jpeg_header(bytes(body))


def test_a_jpeg_2000_of_more_tiles_than_there_are_numbers_is_refused() -> None:
    body = bytearray(picture("JPEG2000", no_jp2=True))
    body[8:16] = struct.pack(">II", 1 << 20, 1 << 20)
    body[24:32] = struct.pack(">II", 16, 16)
    with pytest.raises(BadCodestream, match="tiles"):
        jpeg2000_header(bytes(body))
    body[24:28] = bytes(4)
    with pytest.raises(BadCodestream, match="damaged"):
        jpeg2000_header(bytes(body))


def test_of_jpeg_2000_in_boxes_the_codestream_counts_and_not_what_the_box_before_it_says() -> None:
    body = picture("JPEG2000", no_jp2=False)
    at = body.index(b"ihdr") + 4
    assert jpeg2000_header(body[:at] + struct.pack(">II", 5, 5) + body[at + 8 :]) == Codestream(30, 20, 1, 8)
    cut = body.index(b"jp2c") - 4
    for length in (0, 3):
        damaged = struct.pack(">I4s", length, b"free") + bytes(8)
        with pytest.raises(BadCodestream):
            jpeg2000_header(body[:12] + damaged + body[cut:])


@given(st.lists(st.integers(0, 3), min_size=48, max_size=48))
@settings(max_examples=30, deadline=None)
def test_runs_are_counted_as_they_unpack(values: list[int]) -> None:
    plane = np.repeat(np.array(values, np.uint8), 20).reshape(24, 40)
    frame = get_encoder(RLELossless).encode(
        plane,
        rows=24,
        columns=40,
        samples_per_pixel=1,
        bits_allocated=8,
        bits_stored=8,
        number_of_frames=1,
        pixel_representation=0,
        photometric_interpretation="MONOCHROME2",
    )
    assert run_length_size(frame, enough=0) >= 1
    assert 24 * 40 <= run_length_size(frame, enough=2000) <= max(64 * (len(frame) - 64), 24 * 40 + 1)


def test_runs_that_unpack_to_much_more_than_they_should_are_known_without_unpacking_them() -> None:
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x00" * 50_000
    assert run_length_size(frame, enough=1_000_000) > 1_000_000
    assert run_length_size(frame, enough=1 << 30) == 64 * 100_000 == 128 * 50_000
    assert run_length_size(frame[:64] + b"\x02abc\x80\xff\x07", enough=10) == 5


@pytest.mark.parametrize(
    "header", [(0,), (16, 64), (2, 80, 64), (1, 10), (1, 1 << 31)], ids=["none", "16", "unsorted", "inside", "outside"]
)
def test_a_damaged_header_of_runs_is_refused(header: tuple[int, ...]) -> None:
    with pytest.raises(BadCodestream):
        run_length_size(struct.pack("<16I", *header, *[0] * (16 - len(header))) + bytes(40), enough=1)


@given(
    st.binary(max_size=120), st.sampled_from([b"", b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n"])
)
def test_any_bytes_are_a_header_or_none(body: bytes, start: bytes) -> None:
    for read in (jpeg_header, jpeg2000_header, lambda frame: run_length_size(frame, enough=1000)):
        try:
            found = read(start + body)
        except BadCodestream:
            continue
        assert not isinstance(found, Codestream) or min(found.width, found.height, found.components) >= 1
