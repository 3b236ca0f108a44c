import base64
import io
import json
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco

from labelport.annotations.shapes import Shape, is_axis_box, shape_of
from labelport.geometry import rle

KINDS = ("polygons", "points", "rle_counts", "rle_text", "png", "wkt", "none", "nonsense", "")


def points(shape: Shape | None) -> list[Any]:
    assert shape is not None
    return [ring.tolist() for ring in shape.rings]


def png(mask: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


def test_rings_are_pairs_of_points() -> None:
    assert points(shape_of(b"[[0, 0, 4, 0, 4, 3.5], [9, 9, 10, 9, 10, 10]]", "polygons")) == [
        [[0, 0], [4, 0], [4, 3.5]],
        [[9, 9], [10, 9], [10, 10]],
    ]


def test_a_flat_list_is_one_ring() -> None:
    assert points(shape_of(b"[0, 0, 4, 0, 4, 3]", "polygons")) == [[[0, 0], [4, 0], [4, 3]]]


def test_points_of_a_path_stay_its_points() -> None:
    assert points(shape_of(b"[[1, 2], [3, 4.5]]", "points")) == [[[1, 2], [3, 4.5]]]


def test_shares_become_pixels_by_the_scale() -> None:
    assert points(shape_of(b"[[0, 0, 0.5, 0, 0.5, 0.25]]", "polygons", (640, 480))) == [[[0, 0], [320, 0], [320, 120]]]
    assert points(shape_of(b"[[0.5, 0.25]]", "points", (640, 480))) == [[[320, 120]]]
    shape = shape_of(b"POLYGON ((0 0, 50 0, 50 100, 0 0), (1 1, 2 1, 2 2, 1 1))", "wkt", (6.4, 4.8))
    assert points(shape) == [[[0, 0], [320, 0], [320, 480]]]
    assert shape is not None
    assert len(shape.holes) == 1
    assert shape.holes[0] == pytest.approx(np.array([[6.4, 4.8], [12.8, 4.8], [12.8, 9.6]]))


def test_well_known_text_of_each_kind() -> None:
    assert points(shape_of(b"POINT (3 4)", "wkt")) == [[[3, 4]]]
    assert points(shape_of(b"LINESTRING (3 4, 5 6)", "wkt")) == [[[3, 4], [5, 6]]]
    assert len(points(shape_of(b"MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", "wkt"))) == 2


def test_a_ring_that_is_none_is_left_out_and_the_others_stay() -> None:
    assert points(shape_of(b"[[1, 2, 3], [0, 0, 4, 0, 4, 3], [], [1e308, 1, 2, 2, 3, 3]]", "polygons", (10, 1))) == [
        [[0, 0], [40, 0], [40, 3]]
    ]


@given(st.integers(1, 12), st.integers(1, 12), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_mask_in_any_form_is_the_one_that_pycocotools_made(height: int, width: int, random: Any) -> None:
    mask = np.array([[random.random() < 0.5 for _ in range(width)] for _ in range(height)], np.uint8)
    coded = coco.encode(np.asfortranarray(mask))
    forms = {
        "rle_text": json.dumps({"size": [height, width], "counts": coded["counts"].decode()}).encode(),
        "rle_counts": json.dumps({"size": [height, width], "counts": rle.encode(mask).tolist()}).encode(),
        "png": png(mask),
    }
    for kind, text in forms.items():
        shape = shape_of(text, kind, (100, 100))
        assert shape is not None
        assert shape.size == (height, width)
        assert shape.counts is not None
        assert (rle.decode(shape.counts, height, width) == mask).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_mode_is_a_mask(mode: str) -> None:
    mask = np.zeros((3, 5), np.uint8)
    mask[1, 2:4] = 1
    if mode == "I;16":
        image = Image.fromarray(mask.astype(np.uint16) * 300)
    elif mode == "RGBA":
        image = Image.fromarray(np.repeat(mask[:, :, None] * np.uint8(255), 4, axis=2))
    else:
        image = Image.fromarray(mask * np.uint8(255)).convert(mode)
    if mode == "P":
        image = Image.fromarray(mask).convert("P", palette=Image.Palette.ADAPTIVE)
        image.putdata(mask.reshape(-1).tolist())
    stream = io.BytesIO()
    image.save(stream, "PNG")
    shape = shape_of(base64.b64encode(stream.getvalue()), "png")
    assert shape is not None
    assert shape.counts is not None
    assert (rle.decode(shape.counts, 3, 5) == mask).all()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("none", b""),
        ("polygons", b"[]"),
        ("polygons", b"[[]]"),
        ("polygons", b"{}"),
        ("polygons", b"[" * 100_000),
        ("polygons", b"[[NaN, 1, 2, 2, 3, 3]]"),
        ("points", b"[[1, 2, 3]]"),
        ("rle_counts", b'{"size": [2, 2], "counts": [3]}'),
        ("rle_counts", b'{"size": [2, 2], "counts": [-4, 8]}'),
        ("rle_counts", b'{"size": [2, 2], "counts": [1e400]}'),
        ("rle_counts", b'{"size": [4294967296, 4294967296], "counts": [9223372036854775807, 9223372036854775807, 2]}'),
        ("rle_counts", b'{"size": [-2, -2], "counts": [4]}'),
        ("rle_counts", b'{"size": [2, 2], "counts": [99999999999999999999]}'),
        ("rle_text", '{"size": [2, 2], "counts": "größe"}'.encode()),
        ("rle_text", b'{"size": [2, 2], "counts": "\\ud800"}'),
        ("rle_text", b'{"size": [2, 2]}'),
        ("png", b"no base64"),
        ("png", base64.b64encode(b"\x89PNG\r\n\x1a\nnothing")),
        ("png", png(np.ones((9, 9), np.uint8))[:60]),
        ("wkt", b"POLYGON ((0 0, 1"),
        ("wkt", b"\xff\xfe"),
    ],
)
def test_what_is_no_shape_is_none(kind: str, text: bytes) -> None:
    assert shape_of(text, kind) is None


def test_null_is_no_shape() -> None:
    assert [shape_of(None, kind) for kind in KINDS] == [None] * len(KINDS)


def test_a_small_png_that_claims_a_large_picture_is_not_decoded() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    start = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0))
    body = b"\x89PNG\r\n\x1a\n" + start + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")
    assert shape_of(base64.b64encode(body), "png") is None


STARTS = (
    b"[[0, 0, 4, 0, 4, 3.5], [9, 9, 10, 9, 10, 10]]",
    b"[[1, 2], [3, 4.5]]",
    b'{"size": [4, 5], "counts": [3, 5, 12]}',
    b'{"size": [80, 100], "counts": ":5d00Th7"}',
    png(np.eye(6, dtype=np.uint8)),
    b"POLYGON ((0 0, 50 0, 50 100, 0 0), (1 1, 2 1, 2 2, 1 1))",
)


@given(st.sampled_from(KINDS), st.sampled_from(STARTS), st.data())
@settings(max_examples=400, deadline=None)
def test_nothing_in_the_bytes_raises(kind: str, start: bytes, data: st.DataObject) -> None:
    body = bytearray(start)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    shape = shape_of(bytes(body), kind, (3.0, 2.0))
    if shape is not None:
        assert shape.rings or shape.counts is not None
        assert all(np.isfinite(ring).all() and ring.shape[1] == 2 for ring in (*shape.rings, *shape.holes))
        if shape.counts is not None and shape.size is not None:
            assert shape.counts.sum() == shape.size[0] * shape.size[1]


@pytest.mark.parametrize(
    ("ring", "box"),
    [
        ([[1, 1], [5, 1], [5, 4], [1, 4]], True),
        ([[5, 1], [5, 4], [1, 4], [1, 1]], True),
        ([[1, 1], [5, 1], [5, 4], [1, 4], [1, 1]], True),
        ([[1, 1], [1, 4], [5, 4], [5, 1]], True),
        ([[1, 1], [5, 4], [5, 1], [1, 4]], False),
        ([[1, 1], [5, 1], [5, 4], [2, 4]], False),
        ([[1, 1], [1, 1], [5, 4], [1, 4]], False),
        ([[1, 1], [5, 1], [3, 1], [1, 1]], False),
        ([[3, 0], [6, 3], [3, 6], [0, 3]], False),
        ([[1, 1], [5, 1], [5, 4]], False),
        ([], False),
    ],
)
def test_a_box_along_the_axes_is_told_from_other_rings(ring: Any, box: bool) -> None:
    assert is_axis_box(np.array(ring, np.float64).reshape(-1, 2)) is box
