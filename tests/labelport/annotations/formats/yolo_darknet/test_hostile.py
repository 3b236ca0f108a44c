import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET
from labelport.annotations.formats.yolo_keras import YOLO_KERAS
from labelport.annotations.said import MOST_FILES
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import claimed, read_claim_of

DARKNET = {
    "label.labels": b"\xef\xbb\xbfcat\r\n\r\nbig dog\r\n",
    "data.yaml": b"path: .\nnames:\n  0: cat\n  1: {a: [b]}\n  2: big dog\nkpt_shape: [2, 3]\n",
    "a.txt": b"0 0.5 0.5 0.2 0.2\r\n2 0.1 0.1 0.4 0.2 0.3 0.5 0.1 0.4\n",
    "labels/b.txt": b"0 0.5 0.5 0.2 0.2 0.9\n\t2 .1 .2 .3 .4 .5 .6\n",
    "c.txt": b"",
}
KERAS = {
    "label.txt": b"cat\n\nbig dog\n",
    "annotation.txt": b"a b.jpg 1,2,3,4,0 5,6,7,8,2\nc.jpg\n d.jpg\t1.5,2,3e0,4,0 1,2,3,4\n",
}
PIECES = [
    *(b"\0", b"\r", b"\n", b"\n\n", b" ", b",", b".", b"-", b"nan", b"1e999", b"9" * 500, b"\xff\xfe", b"\xef\xbb\xbf"),
    *(b"[" * 100, b"*a", b"&a ", b": ", b"\t- ", b"!!python/object", b"\xc3", b"\x85", "\u2028".encode(), b"#", b'"'),
]


@st.composite
def broken(draw: Any, files: dict[str, bytes]) -> dict[str, bytes]:
    """Give files of which one is damaged in one to three places."""
    made = dict(files)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(made)))
        body = made[name]
        at, end = sorted(draw(st.tuples(*[st.integers(0, len(body))] * 2)))
        middle = draw(st.sampled_from([*PIECES, body[at:end] * 2, b""]) | st.binary(max_size=4))
        made[name] = body[:at] + middle + body[end:]
    return made


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([(YOLO_DARKNET, DARKNET), (YOLO_KERAS, KERAS)]).flatmap(
        lambda one: st.tuples(st.just(one[0]), broken(one[1]))
    )
)
def test_whatever_stands_in_a_file_is_read_or_told(given_case: tuple[Any, dict[str, bytes]]) -> None:
    chosen, files = given_case
    for claim in claimed(chosen, files, told=True):
        parsed, said = read_claim_of(chosen, files, claim)
        found = parsed.annotations
        assert found.images.num_rows == len(
            set(zip(*[found.images.column(n).to_pylist() for n in ("source_file", "name_given")], strict=True))
        )
        assert all(file in files for _, file, _ in said)
        boxes = [found.annotations.column(name).to_numpy(zero_copy_only=False) for name in ("x0", "y0", "x1", "y1")]
        assert all(abs(value) < 1e300 for column in boxes for value in column)
        for category in found.annotations.column("category_id").to_pylist():
            assert 0 <= category < found.categories.num_rows


@pytest.mark.parametrize(
    "body",
    [
        b"0 " + b"1" * 1_000_000,
        b"1" * 4_000_000,
        b"1 " * 1_000_000,
        b"\n" * 2_000_000,
        b"," * 1_000_000,
        b"a.jpg " + b"1,2,3,4,0 " * 100_000,
        b"a.jpg " + b"1,2,3,4 " * 100_000,
        b"a.jpg " + b"1," * 500_000,
        b"\0" * 1_000_000,
        b"0 .5 .5 .1\r" * 100_000,
    ],
    ids=range(10),
)
def test_a_large_file_of_nonsense_takes_no_time(body: bytes) -> None:
    started = time.monotonic()
    for chosen, names in ((YOLO_DARKNET, "label.labels"), (YOLO_KERAS, "label.txt")):
        files = {names: b"a", "annotation.txt": body, "y.txt": b"0 .5 .5 .1 .1\ny.jpg 1,2,3,4,0\n"}
        for claim in claimed(chosen, files, told=True):
            _, said = read_claim_of(chosen, files, claim)
            assert len(said) < 200
    assert time.monotonic() - started < 10


def test_findings_of_many_files_are_bounded() -> None:
    files = {"label.labels": b"a"} | {f"{n:05d}.txt": b"7 .5 .5 .1 .1\n" * 3 for n in range(1500)}
    (claim,) = claimed(YOLO_DARKNET, files)
    _, said = read_claim_of(YOLO_DARKNET, files, claim)
    assert len(said) <= MOST_FILES * 3 + 1


def test_a_file_that_is_too_large_is_refused_and_the_others_read() -> None:
    files = {"label.labels": b"a", "a.txt": b"0 .5 .5 .1 .1\n" * 1_300_000, "b.txt": b"0 .5 .5 .1 .1\n"}
    (claim,) = claimed(YOLO_DARKNET, files)
    parsed, said = read_claim_of(YOLO_DARKNET, files, claim)
    assert said == [("format.too_large", "a.txt", "")]
    assert parsed.annotations.images.column("name_given").to_pylist() == ["b"]
