"""Which bytes are point clouds: PCD by its words, KITTI by what its floats could mean."""

import random
import struct

import numpy as np
import pytest

from labelport.probing.sniff import extension_mismatch, sniff
from tests.media import kitti, pcd


def kind(content: bytes, key: str = "x.bin") -> str:
    return sniff(content[:4096], len(content), key).format


@pytest.mark.parametrize("key", ["a.pcd", "a.txt", "a", "a.bin", "a.jpg"])
@pytest.mark.parametrize("comment", ["# .PCD v0.7\n", "# a street\n", "", "# ä\n# b\n"])
@pytest.mark.parametrize("encoding", ["ascii", "binary"])
def test_a_header_of_pcd_is_no_text_whatever_its_name(key: str, comment: str, encoding: str) -> None:
    content = pcd(30, encoding=encoding, comment=comment)
    assert sniff(content[:4096], len(content), key)[:2] == ("pointcloud", "pcd")


def test_lines_in_another_order_and_lower_case_are_pcd_too() -> None:
    assert kind(b"fields x y\nwidth 3\nVERSION 0.7\nDATA ascii\n1 2\n", "a") == "pcd"


@pytest.mark.parametrize(
    "text", [b"VERSION 0.7\nis out\n", b"DATA for you\n", b"WIDTH 3\nHEIGHT 4\n", b"# PCD files\nare clouds\n"]
)
def test_a_text_with_some_of_these_words_is_text(text: bytes) -> None:
    assert sniff(text, len(text), "a.pcd").kind == "text"


def test_kittis_floats_need_their_extension() -> None:
    assert kind(kitti(500)) == "kitti"
    assert kind(kitti(500), "A.BIN") == "kitti"
    assert kind(kitti(1)) == "kitti"
    assert [kind(kitti(500), key) for key in ("x", "x.dat", "x.pcd")] == ["unknown"] * 3
    assert extension_mismatch(".bin", "kitti") is False
    assert extension_mismatch(".bin", "unknown") is False


def test_a_length_that_is_no_multiple_of_a_point_is_none() -> None:
    assert kind(kitti(500)[:-1]) == kind(kitti(500) + b"1234") == "unknown"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1000.0, -2000.0, 1e-30])
@pytest.mark.parametrize("place", [0, 1, 2, 64 * 4 - 2])
def test_a_number_that_is_no_place_makes_it_none(value: float, place: int) -> None:
    content = bytearray(kitti(500))
    struct.pack_into("<f", content, place * 4, value)
    assert kind(bytes(content)) == "unknown"


def test_what_lies_behind_the_first_64_points_is_not_looked_at() -> None:
    content = bytearray(kitti(500))
    struct.pack_into("<f", content, 64 * 16, float("nan"))
    assert kind(bytes(content)) == "kitti"


def test_points_of_zero_among_others_are_points() -> None:
    assert kind(bytes(16 * 30) + kitti(500)) == "kitti"


def floats(values: object) -> bytes:
    return np.asarray(values, "<f4").tobytes()


@pytest.mark.parametrize(
    "content",
    [
        bytes(1600),
        bytes(64 * 16) + kitti(10),
        floats([[1, 2, 3, 0.5]] * 100),
        floats([[n, 2, 3, n] for n in range(100)]),
        floats(np.random.default_rng(0).normal(0, 0.02, (100, 4))),
        np.arange(400, dtype="<i4").tobytes(),
        np.arange(400, dtype="<f8").tobytes(),
        np.random.default_rng(0).integers(0, 4096, 1600, dtype=np.uint16).tobytes(),
        np.random.default_rng(0).integers(0, 4, 1600, dtype=np.uint8).tobytes(),
        np.random.default_rng(0).integers(0, 256, 1600, dtype=np.uint8).tobytes(),
        "Straße und Weg. ".encode("utf-16-le") * 10,
        b"\xff" * 160,
    ],
    ids=[
        "zeros", "zeros first", "one point", "one axis", "weights", "int32", "float64", "uint16", "mask", "noise", "utf-16", "0xff",
    ],
)  # fmt: skip
def test_other_things_named_bin_are_no_clouds(content: bytes) -> None:
    assert len(content) % 16 == 0
    assert kind(content) == "unknown"


@pytest.mark.parametrize("text", ["plain words and more. ", "1.0 2.0 3.0 0.5\n", "größer ", "0,1;0,2;"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_text_named_bin_is_text(text: str, encoding: str) -> None:
    content = (text.encode(encoding) * 100)[:1600]
    assert sniff(content, len(content), "x.bin").kind == "text"


def test_noise_is_hardly_ever_a_cloud() -> None:
    made = random.Random(0)
    assert sum(kind(made.randbytes(160)) == "kitti" for _ in range(5000)) == 0


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"ply\nformat ascii 1.0\nelement vertex 8\n", "ply"),
        (b"ply\r\nformat binary_little_endian 1.0\r\n", "ply"),
        (b"LASF" + bytes(300), "las"),
    ],
)
def test_other_clouds_are_named_and_not_read(content: bytes, name: str) -> None:
    assert sniff(content, len(content), f"a.{name}")[:2] == ("unknown", name)
