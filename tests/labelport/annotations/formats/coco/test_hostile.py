"""Files that somebody broke, or made to break us: findings, and never anything else."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.files import in_memory
from labelport.annotations.formats.coco import COCO, arrays, text_file
from tests.labelport.annotations.formats.coco.coco_files import exact, files, read, write

INSERTS = (
    b"\x00", b"\xef\xbb\xbf", b"\xff", b"NaN", b"1e999", b"-", b"[" * 200, b"{" * 200, b'"', b"\\", b"\r", b"null", b"true",
    b"99999999999999999999999999", b'"id": 1, ', b'"segmentation": [[', b"}, {", b"]", b'{"size": [9999999999, 2], "counts": "0"}',
    b'\\ud800', b"1.", b"{}", b"[]", b",",
)  # fmt: skip


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """Draw a file with some bytes flipped, cut out, put in, or doubled."""
    body = draw(files())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 12))
        new = draw(st.one_of(st.binary(max_size=3), st.sampled_from(INSERTS), st.just(body[at : at + 40])))
        body = body[:at] + new + body[at + length :]
    return body


@settings(max_examples=200, deadline=None)
@given(broken(), st.sampled_from([text_file.PIECE, 150]))
def test_nothing_in_a_file_raises_and_what_was_read_can_be_written(body: Any, piece: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "PIECE", piece)
        patch.setattr(arrays, "GROUP", piece)
        COCO.claims([in_memory("a.json", body)], told=True)
        made, said, _ = read(body)
    out, _ = write(made)
    again, _, _ = read(out)
    if made.documents:
        json.loads(out)
        rows = made.annotations.num_rows
        assert again.annotations.num_rows == rows
        assert (
            again.annotations.column("segmentation").to_pylist() == made.annotations.column("segmentation").to_pylist()
        )
    else:
        assert said.findings()


LOST = ("coco.no_id", "coco.short_ring", "coco.odd_ring", "json.wrong_type", "coco.skeleton_index")
"""Warnings of what is read in another form than it was written in."""


@settings(max_examples=60, deadline=None)
@given(broken())
def test_what_is_read_without_an_error_comes_out_equal(body: Any) -> None:
    made, said, _ = read(body)
    if any(each.severity == "error" or each.code in LOST for each in said.findings()):
        return
    if made.documents:
        assert exact(write(made)[0]) == exact(body.decode("utf-8-sig").encode())


def test_a_mask_that_claims_billions_of_pixels_is_not_made() -> None:
    body = files_of_one({"size": [60000, 60000], "counts": [3600000000]})
    made, said, _ = read(body)
    assert made.annotations.num_rows == 1
    assert [each.code for each in said.findings()] == ["rle.size_mismatch"]


def test_a_thousand_layouts_are_kept_and_no_more() -> None:
    images = ", ".join(f'{{"id": {number},{" " * number}"file_name": "{number}.jpg"}}' for number in range(1500))
    body = f'{{"images": [{images}], "annotations": []}}'.encode()
    made, _, _ = read(body)
    out, _ = write(made)
    assert exact(out) == exact(body)


def files_of_one(segmentation: Any) -> Any:
    return {
        "images": [{"id": 1, "file_name": "x.jpg", "width": 100, "height": 80}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "area": 4, "segmentation": segmentation}
        ],
    }
