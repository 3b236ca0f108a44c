"""Our walkers against Pillow, which is the judge of size, mode, orientation and frames."""

import io
import json
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labelport.probing.contract import Probe, ProbeContext
from labelport.probing.image import PROBE
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import exif, photo, picture, png_bomb, png_chunk, with_segments
from tests.needs import fixtures

MODES = {
    "JPEG": ["L", "RGB", "CMYK"],
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "GIF": ["L", "P", "RGB"],
    "BMP": ["1", "L", "P", "RGB", "RGBA"],
    "TIFF": ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr", "LAB"],
    "WEBP": ["RGB", "RGBA"],
    "PPM": ["1", "L", "RGB", "I"],
    "JPEG2000": ["L", "LA", "RGB", "RGBA", "I;16"],
    "ICO": ["L", "RGB", "RGBA", "P"],
}


def test_it_is_a_probe() -> None:
    probe: Probe = PROBE
    assert probe.kind == "image"
    assert probe.formats["jpeg"] == "image/jpeg"


@pytest.mark.parametrize(("kind", "mode"), [(kind, mode) for kind, modes in MODES.items() for mode in modes])
def test_size_and_mode_are_those_that_pillow_says(kind: str, mode: str) -> None:
    content = photo(kind, 40, 24, mode=mode)
    row, _ = probed(PROBE, content)
    with Image.open(io.BytesIO(content)) as judge:
        assert (row["mode"], row["stored_width"], row["stored_height"]) == (judge.mode, *judge.size)
    assert (row["status"], row["error"], row["frames"], row["frames_exact"]) == ("ok", None, 1, True)


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_5_to_8_swap_what_is_shown(kind: str, orientation: int, big_endian: bool) -> None:
    content = photo(kind, 40, 24, orientation=orientation, big_endian=big_endian)
    row, _ = probed(PROBE, content)
    with Image.open(io.BytesIO(content)) as judge:
        assert row["orientation"] == judge.getexif()[0x0112] == orientation
    assert (row["stored_width"], row["stored_height"]) == (40, 24)
    assert (row["width"], row["height"]) == ((24, 40) if orientation > 4 else (40, 24))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_keeps_its_stored_columns_and_rows(orientation: int) -> None:
    content = photo("TIFF", 40, 24, orientation=orientation)
    row, _ = probed(PROBE, content)
    assert (row["stored_width"], row["stored_height"], row["orientation"]) == (40, 24, orientation)
    with Image.open(io.BytesIO(content)) as judge:  # Pillow shows a TIFF turned already
        assert (row["width"], row["height"]) == judge.size


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_bits_are_those_of_a_channel(depth: int) -> None:
    row, _ = probed(PROBE, photo("PNG", mode="P", bits=depth))
    assert row["bit_depth"] == depth
    assert probed(PROBE, photo("TIFF", mode="F"))[0]["bit_depth"] == 32
    assert probed(PROBE, photo("BMP"))[0]["bit_depth"] == 8
    assert probed(PROBE, photo("PNG", mode="I;16"))[0]["bit_depth"] == 16


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_compressed_tiffs_are_read_like_plain_ones(compression: str) -> None:
    row, _ = probed(PROBE, photo("TIFF", 300, 200, compression=compression))
    assert (row["width"], row["height"], row["mode"], row["status"]) == (300, 200, "RGB", "ok")


def test_a_big_tiff_is_read() -> None:
    row, _ = probed(PROBE, photo("TIFF", 40, 24, big_tiff=True))
    assert (row["width"], row["height"], row["mode"]) == (40, 24, "RGB")


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG", "WEBP"])
def test_frames_are_those_that_pillow_counts(kind: str) -> None:
    content = photo(kind, 40, 24, frames=5, mode="P" if kind == "GIF" else "RGB")
    row, _ = probed(PROBE, content)
    with Image.open(io.BytesIO(content)) as judge:
        assert row["frames"] == getattr(judge, "n_frames", None) == 5
    assert row["frames_exact"] is (kind != "PNG")


def test_frames_of_a_long_gif_would_cost_the_whole_file() -> None:
    content = photo("GIF", 200, 200, frames=40, mode="P")
    row, asked = probed(PROBE, content, head=1000)
    assert (row["frames"], row["frames_exact"], row["status"]) == (None, False, "ok")
    assert asked.bytes <= 16 << 10


def test_pages_of_a_tiff_are_counted_by_few_requests() -> None:
    row, asked = probed(PROBE, photo("TIFF", 200, 200, frames=12))
    assert (row["frames"], row["frames_exact"]) == (12, True)
    assert len(asked.ranges) <= 16


def test_a_png_with_exif_behind_its_pixels_costs_one_more_request() -> None:
    noise = Image.effect_noise((400, 300), 90).tobytes()
    sink = io.BytesIO()
    Image.frombytes("L", (400, 300), noise).save(sink, "PNG")
    plain = sink.getvalue()
    content = plain[:-12] + png_chunk(b"eXIf", exif(8)[6:]) + plain[-12:]
    row, asked = probed(PROBE, content, head=4096)
    with Image.open(io.BytesIO(content)) as judge:
        assert judge.getexif()[0x0112] == 8
    assert (row["orientation"], row["width"], row["height"]) == (8, 300, 400)
    assert len(asked.ranges) == 1


def test_a_megabyte_before_the_frame_header_is_jumped_over() -> None:
    content = with_segments(photo("JPEG"), *[b"\xff\xe2ICC" + bytes(65_000)] * 16)
    row, asked = probed(PROBE, content)
    assert (row["width"], row["height"]) == (40, 30)
    assert len(content) > 1_000_000
    assert asked.bytes < 350_000
    assert len(asked.ranges) <= 18


def test_a_large_exif_block_is_not_read_whole() -> None:
    block = exif(6) + bytes(60_000)
    row, asked = probed(PROBE, with_segments(photo("JPEG"), b"\xff\xe1" + block))
    assert (row["orientation"], row["width"]) == (6, 30)
    assert len(asked.ranges) == 1


def test_the_size_of_a_progressive_or_padded_jpeg_is_found() -> None:
    assert probed(PROBE, photo("JPEG", progressive=True))[0]["width"] == 40
    plain = photo("JPEG")
    assert probed(PROBE, plain[:2] + b"\xff\xff\xff" + plain[2:])[0]["width"] == 40


def test_several_pictures_in_a_jpeg_show_the_first() -> None:
    sink = io.BytesIO()
    picture(40, 30).save(sink, "MPO", save_all=True, append_images=[picture(20, 10)])
    row, _ = probed(PROBE, sink.getvalue())
    assert (row["width"], row["frames"], row["flags"]) == (40, 1, ["multi_picture"])


def test_a_jpeg_of_12_bits_is_unsupported_and_has_its_size() -> None:
    content = photo("JPEG")
    at = content.index(b"\xff\xc0")
    row, _ = probed(PROBE, content[: at + 4] + b"\x0c" + content[at + 5 :])
    assert (row["status"], row["width"], row["bit_depth"], row["mode"]) == ("unsupported", 40, 12, None)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM", "ICO"])
def test_a_file_that_lacks_its_end_is_truncated(kind: str) -> None:
    content = photo(kind, 64, 64)
    row, _ = probed(PROBE, content[: len(content) * 3 // 4])
    assert row["status"] == "truncated", row
    if kind != "TIFF":  # its directory stood at the end
        assert row["width"] == 64


def test_a_long_png_that_lacks_its_end_is_truncated() -> None:
    sink = io.BytesIO()
    Image.frombytes("L", (400, 300), Image.effect_noise((400, 300), 90).tobytes()).save(sink, "PNG")
    content = sink.getvalue()
    assert probed(PROBE, content, head=4096)[0]["status"] == "ok"
    row, _ = probed(PROBE, content[:-100], head=4096)
    assert (row["status"], row["width"]) == ("truncated", 400)


@pytest.mark.parametrize("cut", [2, 3, 10, 20, 100])
def test_a_jpeg_cut_within_its_header_is_truncated_without_a_size(cut: int) -> None:
    row, _ = probed(PROBE, photo("JPEG")[:cut].ljust(3, b"\xff"))
    assert row["status"] in {"truncated", "unreadable"} or cut < 3
    assert row.get("width") is None


@pytest.mark.parametrize(("width", "height"), [(12_000, 12_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_gives_its_size_and_is_not_decoded(width: int, height: int) -> None:
    row, asked = probed(PROBE, png_bomb(width, height), max_pixels=100_000_000)
    assert (row["status"], row["width"], row["height"]) == ("too_large", width, height)
    assert not asked.ranges


@pytest.mark.parametrize("name", [b"iCCP", b"zTXt"])
def test_a_compressed_chunk_of_200_megabytes_is_not_inflated(name: bytes) -> None:
    body = b"Raw profile type exif\x00\x00" + zlib.compress(b"\n\n\n" + bytes(200 << 20), 9)
    plain = photo("PNG")
    row, asked = probed(PROBE, plain[:33] + png_chunk(name, body) + plain[33:])
    assert (row["width"], row["status"]) == (40, "ok")
    assert asked.bytes < 1 << 20


def test_directories_that_go_in_a_circle_end() -> None:
    content = bytearray(photo("TIFF", frames=3))
    (first,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, first)
    struct.pack_into("<I", content, first + 2 + 12 * entries, first)
    row, asked = probed(PROBE, bytes(content))
    assert (row["width"], row["frames"], row["frames_exact"]) == (40, None, False)
    assert len(asked.ranges) <= 30


def test_a_directory_of_65535_entries_is_unreadable() -> None:
    row, _ = probed(PROBE, b"II*\x00\x08\x00\x00\x00\xff\xff" + bytes(100))
    assert row["status"] == "unreadable"


def test_a_spent_budget_gives_what_is_known() -> None:
    content = with_segments(photo("JPEG"), *[b"\xff\xe2ICC" + bytes(65_000)] * 16)
    row, _ = probed(PROBE, content, max_requests=5)
    assert row["status"] == "partial"
    assert "requests" in row["error"]
    png = photo("PNG")[:-12] + png_chunk(b"IDAT", bytes(200_000)) + photo("PNG")[-12:]
    row, _ = probed(PROBE, png, max_requests=1)
    assert (row["status"], row["width"]) == ("partial", 40)


def test_a_directory_that_cannot_be_fetched_is_not_taken_for_a_fault_of_the_file() -> None:
    def broken(start: int, length: int, /) -> bytes:
        raise TimeoutError("the store")

    content = photo("TIFF", 200, 200)
    with pytest.raises(TimeoutError):
        PROBE.probe(content[:100], len(content), broken, PROBE.limits, ProbeContext("x"))


def test_an_object_that_shrank_has_changed() -> None:
    content = photo("TIFF", 200, 200, compression="tiff_lzw")

    def short(start: int, length: int, /) -> bytes:
        return content[start : start + length][:-10]

    row = PROBE.probe(content[:100], len(content), short, PROBE.limits, ProbeContext("x"))
    assert row["status"] == "changed"


GOOD = [
    photo("JPEG", orientation=6),
    photo("PNG", orientation=6),
    photo("PNG", frames=3),
    photo("GIF", mode="P", frames=3),
    photo("BMP", mode="P"),
    photo("TIFF", frames=3),
    photo("WEBP", orientation=6),
    photo("WEBP", frames=3),
    photo("PPM"),
    photo("JPEG2000"),
    photo("ICO"),
    photo("JPEG2000", no_jp2=True),
]


@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
    st.floats(0.0, 1.0),
    st.integers(0, 3000),
)
@settings(max_examples=400, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_bytes_are_flipped_there_is_a_row(
    good: bytes, flips: list[tuple[float, int]], keep: float, head: int
) -> None:
    content = bytearray(good)
    for place, value in flips:
        content[int(place**3 * (len(content) - 1))] = value  # mostly in the header
    content = content[: max(int(len(content) * keep), 16)]
    row, asked = probed(PROBE, bytes(content), head=head)
    assert fits_the_table(row)
    assert len(asked.ranges) <= PROBE.limits.max_requests
    if row["status"] == "ok":
        assert row["width"] > 0
        assert row["height"] > 0


def test_sizes_are_those_of_the_reference_manifests() -> None:
    root = fixtures("cvat", "in")
    compared = 0
    for case, source in (("images_nohash", "images"), ("odd", "odd"), ("related_nohash", "related")):
        lines = (root.parent / "out" / case / "manifest.jsonl").read_text().splitlines()[2:]
        for line in lines:
            entry = json.loads(line)
            path = root / source / (entry["name"] + entry["extension"])
            if not path.exists():  # back/slash.png: the tool's name no longer matches the file
                path = root / source / (entry["name"].replace("/", "\\") + entry["extension"])
            row, _ = probed(PROBE, path.read_bytes(), key=path.name)
            stored = row["orientation"] is not None and path.suffix == ".tif"
            size = (row["stored_width"], row["stored_height"]) if stored else (row["width"], row["height"])
            assert size == (entry["width"], entry["height"]), path
            with Image.open(path) as judge:
                assert (row["mode"], row["frames"]) == (judge.mode, getattr(judge, "n_frames", 1)), path
            compared += 1
    assert compared == 66 + 25 + 6
