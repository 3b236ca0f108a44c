"""Which decoder decodes what: judged by pydicom's own decoders, by arrays that another library has encoded, by files."""

import base64
import io
import struct
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.decoders.base import get_decoder

from labelport.tiles import dicom_decoders
from labelport.tiles.dicom_decoders import EXTRA, decoded
from labelport.tiles.dicom_pixels import decoder_missing, frame_of
from labelport.tiles.picture import NoPicture
from tests.labelport.probing.dicom_files import data_set, saved
from tests.needs import absent

LITTLE, BASELINE, EXTENDED, LOSSLESS = (f"1.2.840.10008.1.2.{end}" for end in ("1", "4.50", "4.51", "4.70"))
LS, J2K, HT, RLE = (f"1.2.840.10008.1.2.{end}" for end in ("4.80", "4.90", "4.201", "5"))
VIDEO, XL, DEFLATED_FRAMES = (f"1.2.840.10008.1.2.{end}" for end in ("4.102", "4.110", "8.1"))

GREY = np.arange(8 * 12).reshape(8, 12) * 37 % 4096
COLOURS = np.stack([GREY, GREY[::-1], 4095 - GREY], axis=-1)

# GREY and COLOURS as imagecodecs 2026 has encoded them: by OpenJPH, OpenJPEG, and its own lossless JPEG.
HT_GREY = (
    "/0//UQApQAAAAAAMAAAACAAAAAAAAAAAAAAADAAAAAgAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wAEyCIkJCQkJCQkJCQkJ"
    "CQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAGoAAf+TwAAm4fYFB3QAAMAAEwB4/gIHdADAABLAABOA8wDHdADSL/0AwjQAwAAT"
    "QAAVQKSkgQt0AMxnnvkAGMB3VgDAACogABXgCIIg2nCCdQB227Vr167d4CD2QgHsuAD/2Q=="
)
J2K_COLOURS = (
    "/0//UQAvAAAAAAAMAAAACAAAAAAAAAAAAAAADAAAAAgAAAAAAAAAAAADCwEBCwEBCwEB/1IADAAAAAEBAAQEAAH/XAAEQGD/ZAAlAAFDcmVhdGVk"
    "IGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAAFOAAH/k8/l2FMGC38uhkETwwSGlNnxJYm20K0OAabHQ5UfXG4Nly7qaZBWin4Bp4en"
    "N7yXIlomZdrTXWE0NZ/6iIdmlSQ9e9gkTaEc4OwiJyx0BJ6h8yhGPzdooLLmar88EkwnWbSQohNw/ghWnmtFkXS6tpdW0uraXVtLq1/H7NoUAFot"
    "pLBRk8SgwLMa0GSonaNHM0tTNxoBEuv6Kv3X8cD+gJoVuGZL1CzGs/2Cgdh/Kg0o81dC/DjHbRawvYcY613K8jw3q0urY3EeG9WSkHidb62l1bS6"
    "tpdW1GKw3XzfN83zfN83zfN84BiP3+FQENxCaVXZz3ebxAoUHgVZ6T4HsZgQsqceETJJJJtnyE73Xqyk2G9x5qpol0ABhIS0A35d3rUpOc+7WJOc"
    "5znOlAigAAAAKgCAAAAAKgBlYIABhIS//9k="
)
JPEG_GREY = (
    "/9j/xAAXAAEBAQEAAAAAAAAAAAAAAAAIBgkM/8MACwwACAAMAQARAP/aAAgBAAAGAADn/wClpaWlpaWlpaWlpdvG83m83m83m83m83m9t43m83m8"
    "3m83m83m83tvG83m83m83m83m83m9t43m83m83m83m83m83tvG83m83m83m83m83m9t43m83m83m83m83m83tvG83m83m83m83m83m8A/9k="
)

LIBJPEG_MEAN = 14.3830
LIBJPEG = [
    *[[1] * 8] * 2,
    *([1, 1, 1, 0, 20, 44, 1, 1], [1, 1, 9, 9, 62, 17, 41, 2], [1, 19, 23, 69, 68, 49, 40, 23]),
    *([1, 18, 17, 29, 41, 35, 27, 6], [1, 17, 22, 41, 56, 51, 62, 15], [1, 14, 17, 62, 65, 55, 62, 2]),
    *([1, 1, 14, 20, 14, 19, 23, 1], [1, 1, 10, 20, 1, 11, 10, 1], [1, 1, 2, 31, 1, 36, 1, 1]),
    *([1, 1, 1, 27, 1, 34, 1, 1], [1, 1, 1, 34, 1, 29, 1, 1], [1, 1, 1, 20, 10, 12, 1, 1]),
    *[[1] * 8] * 2,
]
"""Every 64th row and 32nd column of pydicom's JPGExtended.dcm, by pylibjpeg-libjpeg 2.4."""


def needs(*modules: str) -> None:
    """Skip the test where the decoders of the extra are not installed."""
    for module in modules:
        if find_spec(module) is None:
            absent("dicom-codecs", f"{module} is not installed: {EXTRA}")


def options(values: np.ndarray[Any, Any], bits: int = 16) -> dict[str, Any]:
    """Return what a header says of such pixels."""
    samples = values.shape[2] if values.ndim == 3 else 1
    told = {
        "rows": values.shape[0],
        "columns": values.shape[1],
        "number_of_frames": 1,
        "samples_per_pixel": samples,
        "photometric_interpretation": "RGB" if samples == 3 else "MONOCHROME2",
        "bits_allocated": bits,
        "bits_stored": 8 if bits == 8 else 12,
        "pixel_representation": 0,
        "pixel_keyword": "PixelData",
        "pixel_vr": "OW",
    }
    return told | ({"planar_configuration": 0} if samples == 3 else {})


def of_file(name: str) -> tuple[Dataset, Any]:
    """Return a file of pydicom, and the values of its first frame as they are read here."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    made = get_testdata_file(name, read=True, download=False)
    assert isinstance(made, Dataset)
    with open(path, "rb") as file:
        body = file.read()
    return made, frame_of(lambda start, length: body[start : start + length], len(body), 0).values


def only(*plugins: str) -> Callable[[str], tuple[str, ...]]:
    """Return what ``_available`` says where only these decoders are installed."""
    return lambda syntax: tuple(each for each in get_decoder(syntax).available_plugins if each in plugins)


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        ("MR_small_jpeg_ls_lossless.dcm", "gdcm"),
        ("JPEGLSNearLossless_08.dcm", "gdcm"),
        ("JPEGLSNearLossless_16.dcm", "gdcm"),
        ("SC_rgb_jls_lossy_line.dcm", "gdcm"),
        ("SC_rgb_jls_lossy_sample.dcm", "gdcm"),
        ("MR_small_jp2klossless.dcm", "gdcm"),
        ("J2K_pixelrep_mismatch.dcm", "pylibjpeg"),
        ("693_J2KI.dcm", "pylibjpeg"),
        ("SC_rgb_gdcm_KY.dcm", "pylibjpeg"),
        ("GDCMJ2K_TextGBR.dcm", "gdcm"),
        ("SC_rgb_jpeg_dcmtk.dcm", "gdcm"),
        ("SC_rgb_small_odd_jpeg.dcm", "gdcm"),
    ],
)
def test_real_files_have_the_values_that_another_decoder_gives(name: str, judge: str) -> None:
    needs("jpeg_ls", "gdcm", "openjpeg")
    made, values = of_file(name)
    judged, _ = get_decoder(made.file_meta.TransferSyntaxUID).as_array(made, decoding_plugin=judge)
    assert values.shape == judged.shape
    assert np.abs(values.astype(int) - judged).max() <= (1 if name.startswith("SC_rgb_jpeg") else 0)


def test_a_lossless_jpeg_has_the_colours_that_were_painted() -> None:
    needs("gdcm")
    _, values = of_file("SC_rgb_jpeg_gdcm.dcm")
    bands = [(255, 0, 0), (255, 128, 128), (0, 255, 0), (128, 255, 128), (0, 0, 255), (128, 128, 255)]
    assert [tuple(values[row, 50].tolist()) for row in range(5, 65, 10)] == bands


@pytest.mark.parametrize(
    ("text", "syntax", "values", "module"),
    [(JPEG_GREY, LOSSLESS, GREY, "gdcm"), (HT_GREY, HT, GREY, "openjpeg"), (J2K_COLOURS, J2K, COLOURS, "openjpeg")],
    ids=["lossless JPEG", "HTJ2K", "JPEG 2000, 12 bits, colours"],
)
def test_what_another_library_encoded_without_loss_comes_back(
    text: str, syntax: str, values: np.ndarray[Any, Any], module: str
) -> None:
    needs(module)
    assert np.array_equal(decoded(base64.b64decode(text), syntax, options(values))[0], values)


def test_a_jpeg_of_12_bits_has_the_values_of_libjpeg() -> None:
    needs("gdcm")
    _, values = of_file("JPGExtended.dcm")
    # GDCM rounds one in 70 values the other way.
    assert abs(float(values.mean()) - LIBJPEG_MEAN) < 0.02
    assert int(values.max()) == 264
    assert np.abs(values[::64, ::32].astype(int) - LIBJPEG).max() <= 1


def test_frames_that_are_deflated_are_inflated_to_their_size_and_no_farther() -> None:
    values = np.arange(35, dtype=np.uint16).reshape(5, 7)
    packer = zlib.compressobj(wbits=-15)
    frame = packer.compress(values.tobytes() + bytes(1 << 20)) + packer.flush()
    assert np.array_equal(decoded(frame, DEFLATED_FRAMES, options(values))[0], values)
    with pytest.raises(NoPicture, match="cut short"):
        decoded(frame, DEFLATED_FRAMES, options(np.zeros((5000, 5000))))


@pytest.mark.parametrize(
    ("syntax", "there", "words"),
    [
        (LOSSLESS, ("pillow",), f"no decoder of lossless JPEG: install {EXTRA}"),
        (LS, ("pillow",), f"no decoder of JPEG-LS: install {EXTRA}"),
        (HT, ("gdcm",), f"no decoder of HTJ2K: install {EXTRA}"),
        (J2K, ("pillow",), f"no decoder of 12-bit JPEG 2000: install {EXTRA}"),
        (EXTENDED, ("pillow",), f"no decoder of 12-bit JPEG: install {EXTRA}"),
        (BASELINE, ("pillow", "gdcm"), "no decoder of 12-bit JPEG"),
        (VIDEO, ("pillow",), "video inside DICOM"),
        (XL, ("pillow",), "no decoder for it"),
    ],
)
def test_where_a_decoder_is_not_installed_the_words_name_the_extra(
    syntax: str, there: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dicom_decoders, "_available", only(*there))
    frame, values = base64.b64decode(J2K_COLOURS), COLOURS
    if syntax in (EXTENDED, BASELINE):
        made = get_testdata_file("JPGExtended.dcm", read=True, download=False)
        assert isinstance(made, Dataset)
        frame, values = get_frame(made.PixelData, 0, number_of_frames=1), np.zeros((made.Rows, made.Columns))
    with pytest.raises(NoPicture) as told:
        decoded(frame, syntax, options(values))
    assert str(told.value) == words


def test_a_finding_says_what_cannot_be_decoded_and_nothing_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [decoder_missing(each) for each in (LITTLE, RLE, BASELINE, EXTENDED, J2K, DEFLATED_FRAMES)] == [None] * 6
    monkeypatch.setattr(dicom_decoders, "_available", only())
    assert (
        decoder_missing(LS)
        == f"the pixels are compressed as JPEG-LS, of which no decoder is installed: install {EXTRA}"
    )
    assert decoder_missing(LITTLE) is None
    for syntax, words in ((VIDEO, "video inside DICOM"), (XL, "compressed in a way"), ("1.2.3", "compressed in a way")):
        assert words in str(decoder_missing(syntax))
        assert EXTRA not in str(decoder_missing(syntax))


def test_pictures_do_not_depend_on_whether_the_extra_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("MR_small_jp2klossless.dcm", "SC_rgb_jpeg_dcmtk.dcm", "MR_small_RLE.dcm")
    with_it = [of_file(name)[1] for name in names]
    monkeypatch.setattr(dicom_decoders, "_available", only("pillow", "pydicom"))
    for name, values in zip(names, with_it, strict=True):
        assert np.array_equal(of_file(name)[1], values)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize("size", [(31, 30), (30, 31), (60_000, 60_000)], ids=str)
def test_a_frame_that_promises_another_size_than_the_header_is_never_given_to_a_decoder(
    kind: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = io.BytesIO()
    Image.new("L", (30, 30)).save(sink, kind)
    frame = bytearray(sink.getvalue())
    if kind == "JPEG":
        at = frame.index(b"\xff\xc0") + 5
        frame[at : at + 4] = struct.pack(">HH", *size)
    else:
        at = frame.index(b"\xff\x4f\xff\x51") + 8
        frame[at : at + 8] = struct.pack(">II", *size)
    monkeypatch.setattr(dicom_decoders, "_decoded_by", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(NoPicture, match=r"size|damaged"):
        decoded(bytes(frame), J2K if kind == "JPEG2000" else BASELINE, options(np.zeros((30, 30)), 8))


def test_a_frame_of_other_components_or_a_greater_depth_is_never_given_to_a_decoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dicom_decoders, "_available", lambda _: ("gdcm", "pillow", "pylibjpeg"))
    monkeypatch.setattr(dicom_decoders, "_decoded_by", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(NoPicture, match="size"):
        decoded(base64.b64decode(J2K_COLOURS), J2K, options(GREY))
    with pytest.raises(NoPicture, match="depth"):
        decoded(base64.b64decode(JPEG_GREY), LOSSLESS, options(GREY, 8))
    with pytest.raises(NoPicture, match="damaged"):
        decoded(b"\xff\xd8\xff\xf7" + bytes(60), LOSSLESS, options(GREY))


def test_runs_that_unpack_without_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom_decoders, "MOST_BYTES", 1 << 16)
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x00" * 2000
    with pytest.raises(NoPicture, match="too many bytes"):
        decoded(frame, RLE, options(GREY, 8))


def test_the_next_decoder_is_asked_where_one_fails_and_the_last_one_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def failing(plugin: str, *_: object) -> None:
        asked.append(plugin)
        raise RuntimeError(plugin)

    monkeypatch.setattr(dicom_decoders, "_available", lambda _: ("gdcm", "pillow", "pylibjpeg"))
    monkeypatch.setattr(dicom_decoders, "_decoded_by", failing)
    with pytest.raises(RuntimeError, match="gdcm"):
        decoded(base64.b64decode(J2K_COLOURS), J2K, options(COLOURS))
    assert asked == ["pylibjpeg", "gdcm"]


def test_a_compressed_syntax_whose_pixels_are_in_no_items_is_refused() -> None:
    made = data_set(1)
    made.PixelData = encapsulate([bytes(40)])
    body = saved(made).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    with pytest.raises(NoPicture, match="compressed"):
        frame_of(lambda start, length: body[start : start + length], len(body), 0)
