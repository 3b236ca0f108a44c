"""DICOM frames: pixels as pydicom gives them, windows as the standard says, and only the bytes that are needed."""

import io
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from labelport.tiles.dicom_frames import frame_picture
from labelport.tiles.dicom_pixels import frame_of
from labelport.tiles.picture import NoPicture, Picture
from tests.labelport.probing.dicom_files import CLIP, Reads, data_set, saved
from tests.needs import fixtures

RAMP = np.arange(40 * 30, dtype=np.int16).reshape(30, 40) - 200


def image(values: Any = RAMP, *, frames: int | None = None, **tags: Any) -> Dataset:
    """Return an object with these stored values, (rows, columns), (frames, …) or (…, 3) of uint8."""
    values = np.asarray(values)
    colour = values.shape[-1] == 3
    rows, columns = values.shape[-3:-1] if colour else values.shape[-2:]
    bits = 8 * values.dtype.itemsize
    made = data_set(1, frames=frames, sop_class=tags.pop("sop_class", data_set().SOPClassUID), Rows=rows)
    made.Columns, made.SamplesPerPixel = columns, 3 if colour else 1
    made.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        made.PlanarConfiguration = 0
    made.BitsAllocated, made.BitsStored, made.HighBit = bits, bits, bits - 1
    made.PixelRepresentation = int(values.dtype.kind == "i")
    made.PixelData = values.tobytes()
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    return made


def written(made: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made["PixelData"].VR = "OW" if made.BitsAllocated > 8 or syntax == ImplicitVRLittleEndian else "OB"
    return saved(made)


def shown(body: bytes, frame: int = 0, side: int = 240) -> Picture:
    return frame_picture(lambda start, length: body[start : start + length], len(body), frame=frame, side=side)


def stored(body: bytes, frame: int = 0) -> Any:
    return frame_of(lambda start, length: body[start : start + length], len(body), frame).values


@pytest.mark.parametrize(
    "syntax",
    [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless],
    ids=["explicit", "implicit", "big endian", "deflated", "RLE"],
)
def test_values_are_the_same_in_every_transfer_syntax_without_loss(syntax: str) -> None:
    made = image()
    if syntax == ExplicitVRBigEndian:
        made.PixelData = RAMP.astype(">i2").tobytes()
    if syntax == RLELossless:
        made.compress(RLELossless)
        body = saved(made)
    else:
        body = written(made, syntax)
    assert np.array_equal(stored(body), RAMP)
    assert np.array_equal(stored(body), pydicom.dcmread(io.BytesIO(body)).pixel_array)


@pytest.mark.parametrize(
    ("kind", "syntax", "least"), [("JPEG2000", JPEG2000Lossless, 0), ("JPEG", JPEGBaseline8Bit, 6)]
)
def test_jpeg_and_jpeg_2000_are_decoded_as_pillow_decodes_them(kind: str, syntax: str, least: int) -> None:
    values = (RAMP % 256).astype(np.uint8)
    sink = io.BytesIO()
    Image.fromarray(values).save(sink, kind)
    made = image(values, PixelData=encapsulate([sink.getvalue()]))
    made["PixelData"].is_undefined_length = True
    found = stored(written(made, syntax))
    with Image.open(io.BytesIO(sink.getvalue())) as judged:
        assert np.array_equal(found, np.asarray(judged))
    assert np.abs(found.astype(int) - values)[:, 4:-4].min() <= least


def test_of_a_native_clip_only_the_bytes_of_one_frame_are_read() -> None:
    clip = np.random.default_rng(3).integers(0, 255, (50, 200, 300), np.uint8)
    body = written(image(clip, frames=50, sop_class=CLIP))
    reads = Reads(body)
    found = frame_of(reads, len(body), 31)
    assert np.array_equal(found.values, clip[31])
    assert sum(length for _, length in reads.calls) < 4 * 60_000 < len(body) / 10


@pytest.mark.parametrize("with_table", [True, False])
def test_a_frame_of_a_compressed_clip_is_found_with_and_without_a_table_of_offsets(with_table: bool) -> None:
    frames = []
    for number in range(5):
        sink = io.BytesIO()
        Image.new("L", (32, 16), number * 50).save(sink, "JPEG")
        frames.append(sink.getvalue())
    made = image(np.zeros((16, 32), np.uint8), frames=5, sop_class=CLIP, NumberOfFrames=5)
    made.PixelData = encapsulate(frames, has_bot=with_table)
    made["PixelData"].is_undefined_length = True
    body = written(made, JPEGBaseline8Bit)
    assert [round(stored(body, number).mean() / 50) for number in (0, 2, 4)] == [0, 2, 4]


def test_the_window_of_the_file_is_used_and_where_there_is_none_percentiles() -> None:
    windowed = shown(written(image(WindowCenter=[300, 40], WindowWidth=[200, 400], RescaleSlope=1, RescaleIntercept=0)))
    assert windowed.pixels.min() == 0
    assert windowed.pixels.max() == 255
    judged = np.clip((RAMP - 299.5) / 199 + 0.5, 0, 1) * 255
    assert np.abs(windowed.pixels - judged).max() <= 0.5
    plain = shown(written(image()))
    low, high = np.percentile(RAMP, [1, 99])
    assert np.abs(plain.pixels - np.clip((RAMP - low) / (high - low), 0, 1) * 255).max() <= 0.5


def test_a_window_is_of_rescaled_values() -> None:
    same = shown(written(image(WindowCenter=-724, WindowWidth=200, RescaleSlope=1, RescaleIntercept=-1024)))
    assert np.array_equal(same.pixels, shown(written(image(WindowCenter=300, WindowWidth=200))).pixels)


def test_a_negative_slope_turns_dark_to_light() -> None:
    light, dark = (
        shown(written(image(RescaleSlope=slope, RescaleIntercept=5))).pixels.astype(int) for slope in (1, -1)
    )
    assert np.abs(light + dark - 255).max() <= 1


@pytest.mark.parametrize("width", [0, -5])
def test_a_window_that_shows_nothing_gives_way_to_percentiles(width: int) -> None:
    expected = shown(written(image())).pixels
    assert np.array_equal(shown(written(image(WindowCenter=100, WindowWidth=width))).pixels, expected)
    assert np.array_equal(shown(written(image(WindowCenter=30_000, WindowWidth=10))).pixels, expected)


def test_monochrome1_is_inverted_once() -> None:
    window = {"WindowCenter": 300, "WindowWidth": 300}
    light = shown(written(image(**window))).pixels.astype(int)
    dark = shown(written(image(PhotometricInterpretation="MONOCHROME1", **window))).pixels
    assert np.abs(light + dark - 255).max() <= 1


def test_padding_is_black_and_not_in_the_statistics() -> None:
    values = RAMP.copy()
    values[:, :10] = -2000
    pixels = shown(written(image(values, PixelPaddingValue=-2000))).pixels
    assert (pixels[:, :10] == 0).all()
    low, high = np.percentile(values[:, 10:], [1, 99])
    assert np.abs(pixels[:, 10:] - np.clip((values[:, 10:] - low) / (high - low), 0, 1) * 255).max() <= 0.5


@pytest.mark.parametrize("planar", [0, 1])
def test_colours_are_colours(planar: int) -> None:
    values = np.random.default_rng(1).integers(0, 255, (20, 30, 3), np.uint8)
    made = image(values, PlanarConfiguration=planar)
    if planar:
        made.PixelData = np.moveaxis(values, 2, 0).tobytes()
    assert np.array_equal(shown(written(made)).pixels, values)


def test_a_palette_is_looked_up() -> None:
    indices = np.arange(12, dtype=np.uint8).reshape(3, 4) % 2
    made = image(indices, PhotometricInterpretation="PALETTE COLOR")
    for name, table in (("Red", [10, 200]), ("Green", [20, 0]), ("Blue", [30, 255])):
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [2, 0, 16])
        setattr(made, f"{name}PaletteColorLookupTableData", np.array(table, "<u2").__lshift__(8).tobytes())
    assert shown(written(made)).pixels[0, :2].tolist() == [[10, 20, 30], [200, 0, 255]]


def test_each_frame_has_the_window_of_its_functional_groups() -> None:
    def windows(center: int) -> Dataset:
        window, group = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = center, 2
        group.FrameVOILUTSequence = Items([window])
        return group

    clip = np.stack([RAMP, RAMP])
    made = image(clip, frames=2, PerFrameFunctionalGroupsSequence=Items([windows(0), windows(500)]))
    white = [(shown(written(made), number).pixels == 255).sum() for number in (0, 1)]
    assert white == [(center <= RAMP).sum() for center in (0, 500)]


def test_groups_of_frames_that_are_too_long_to_be_read_cost_the_window_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    window, group = Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth = 0, 2
    group.FrameVOILUTSequence = Items([window])
    body = written(image(np.stack([RAMP] * 9), frames=9, PerFrameFunctionalGroupsSequence=Items([group] * 9)))
    assert len(np.unique(shown(body, 3).pixels)) < 4
    monkeypatch.setattr("labelport.tiles.dicom_pixels.LONG_VALUE", 100)
    assert np.array_equal(shown(body, 3).pixels, shown(written(image())).pixels)


def test_a_large_image_is_made_small_by_means() -> None:
    values = np.kron(np.array([[0, 100], [200, 50]]), np.ones((200, 300))).astype(np.uint8)
    made = shown(written(image(values, WindowCenter=128, WindowWidth=256)), side=6)
    assert (made.width, made.height, made.pixels.shape) == (600, 400, (4, 6))
    assert made.pixels[0, 0] == 0
    assert abs(int(made.pixels[3, 0]) - 200) <= 1


def test_a_headless_file_is_read_as_probing_reads_it() -> None:
    body = written(image())
    assert np.array_equal(stored(body[132:]), RAMP)


@pytest.mark.parametrize(
    "tags",
    [
        {"Rows": 0},
        {"Rows": 65535, "Columns": 65535},
        {"NumberOfFrames": 0},
        {"BitsAllocated": 0},
        {"BitsAllocated": 13},
        {"SamplesPerPixel": 9999},
        {"PixelRepresentation": 7},
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"PhotometricInterpretation": "NO SUCH"},
    ],
    ids=str,
)
def test_headers_that_lie_cost_no_memory_and_no_more_than_the_tile(tags: dict[str, Any]) -> None:
    made = image()
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    body = written(made)
    try:
        found = shown(body)
    except Exception:
        return
    assert found.pixels.size <= RAMP.size * 3


def test_pixels_that_are_cut_short_say_so() -> None:
    body = written(image())
    with pytest.raises(NoPicture, match="cut short"):
        shown(body[:-400])
    with pytest.raises(NoPicture, match="no pixels"):
        shown(body[: -RAMP.nbytes - 12])


def test_an_image_inside_that_promises_more_pixels_than_the_header_is_refused_undecoded() -> None:
    sink = io.BytesIO()
    Image.new("L", (64, 64)).save(sink, "JPEG")
    jpeg = bytearray(sink.getvalue())
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xff\xff\xff\xff"
    made = image(np.zeros((64, 64), np.uint8), PixelData=encapsulate([bytes(jpeg)]))
    made["PixelData"].is_undefined_length = True
    with pytest.raises((NoPicture, Image.DecompressionBombError)):
        shown(written(made, JPEGBaseline8Bit))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files_give_a_picture_of_their_size_or_an_exception(data: st.DataObject) -> None:
    body = bytearray(written(image(WindowCenter=300, WindowWidth=200)))
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(128, len(body) - RAMP.nbytes))] = data.draw(st.integers(0, 255))
    try:
        found = shown(bytes(body))
    except Exception:
        return
    assert max(found.pixels.shape[:2]) <= 240


@pytest.mark.slow
def test_every_real_object_has_the_pixels_that_pydicom_decodes() -> None:
    compared = 0
    for path in sorted(fixtures("dicom").rglob("*")):
        body = path.read_bytes() if path.is_file() else b""
        if body[128:132] != b"DICM":
            continue
        try:
            judged = pydicom.dcmread(io.BytesIO(body))
            frames = int(judged.get("NumberOfFrames") or 1)
            values = judged.pixel_array[frames // 2] if frames > 1 else judged.pixel_array
        except (AttributeError, NotImplementedError, RuntimeError, ValueError):
            continue
        if judged.BitsAllocated == 1 or judged.PhotometricInterpretation.startswith("YBR"):
            continue
        assert np.array_equal(stored(body, frames // 2), values), path.name
        compared += 1
    assert compared > 500
