"""Files that were damaged, by accident or not: every one is read or refused with findings."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.files import in_memory
from labelport.annotations.formats.csv import CSV_CLASSES, CSV_CORNERS, CSV_SIZE
from tests.labelport.annotations.formats.csv.reading import AnyCsv, places, read

SEEDS: dict[str, tuple[AnyCsv, bytes]] = {
    "corners": (
        CSV_CORNERS,
        b'\xef\xbb\xbffilename;xmin;ymin;xmax;ymax;label;by\n"a;b.jpg";1,5;2;3;4;cat;me\nc.jpg;;;;;;\n',
    ),
    "size": (
        CSV_SIZE,
        b'image_name, x1, y1, w, h, class\r\na.jpg, 0.1, 0.2, 0.3, 0.25, "d""og"\r\nb.jpg,0,0,1,1,cat\r\n',
    ),
    "cell": (CSV_CORNERS, b'image,label,bbox,width,height\n1.jpg,dog,"[0,1,1,2]",640,480\n2.jpg,cat,"1 2 3 3",3,4\n'),
    "classes": (CSV_CLASSES, b'filename,label\na.jpg,cat\na.jpg,dog\n"b\n.jpg",cat\na.jpg,cat\n'),
    "one-hot": (CSV_CLASSES, b"filename, dog, cat\na.jpg, 1, 0\nb.jpg, 0, 1\nc.jpg,-1,-1\n"),
}
PIECES = [
    b"",
    b'"',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"1e999",
    b"nan",
    b"-",
    b"9" * 400,
]
PIECES += ["\u2028١é".encode(), b"'", b"\\", b"[" * 50, b"0.5", b"1"]


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        end = draw(st.integers(at, min(len(body), at + 12)))
        what = draw(st.sampled_from(["cut", "put", "flip", "double", "encode", "ends"]))
        if what == "cut":
            body = body[:at] + body[end:]
        elif what == "put":
            body = body[:at] + draw(st.sampled_from(PIECES)) + body[end:]
        elif what == "flip" and at < len(body):
            body = body[:at] + bytes([body[at] ^ (1 << draw(st.integers(0, 7)))]) + body[at + 1 :]
        elif what == "double":
            body = body[:at] + body[at:end] * 3 + body[at:]
        elif what == "encode":
            body = body.decode("latin-1").encode(draw(st.sampled_from(["utf-16", "utf-16-le", "utf-8", "utf-32"])))
        else:
            body = body.replace(b"\r\n", b"\n").replace(b"\n", draw(st.sampled_from([b"\r", b"\r\n", b"\n\n", b""])))
    return body


@settings(max_examples=100, deadline=None)
@given(st.data())
@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_damaged_files_are_read_or_told(seed: str, data: st.DataObject) -> None:
    reader, body = SEEDS[seed]
    broken = data.draw(damaged(body))
    found, findings = read(reader, broken, repeated_class=data.draw(st.sampled_from(["multi", "conflict"])))
    for each in findings:
        assert re.fullmatch(r"(\d+:\d+)?", each.pointer), each
        assert each.pointer or each.code == "csv.not_text"
    for image in found.annotations.column("image_id").to_pylist():
        assert 0 <= image < found.images.num_rows
    for told in (False, True):
        reader.claims([in_memory("a.csv", broken)], told=told)


@settings(max_examples=70, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    for each in (CSV_CORNERS, CSV_SIZE, CSV_CLASSES):
        each.claims([in_memory("a.csv", body)], told=False)
        found, findings = read(each, body)
        assert findings or found.images.num_rows, "bytes that say nothing are told of"


def test_a_header_of_very_many_columns_is_none() -> None:
    header = "filename,label," + ",".join(f"c{number}" for number in range(2_000))
    found, findings = read(CSV_CLASSES, header + "\na.jpg,cat" + ",1" * 2_000 + "\nb.jpg,cat" + ",1" * 50_000 + "\n")
    assert found.annotations.num_rows == 1
    assert [(each.code, each.pointer) for each in findings] == [("csv.field_count", "3:2003")]
    assert places(read(CSV_CLASSES, "filename,label" + "," * 20_000 + "\n")[1]) == [("csv.no_header", "1:1")]


def test_long_names_of_columns_do_not_fill_the_memory() -> None:
    name = "x" * 100_000
    found, findings = read(CSV_CLASSES, f"filename,label,{name}\n" + "a.jpg,cat,1\nb.jpg,dog,2\n" * 10_000)
    assert ("csv.extras_left_out", "1:1") in places(findings)
    assert found.annotations.num_rows == 2
    assert found.annotations.column("extras").null_count == 2


def test_quotes_that_are_opened_again_and_again_are_read_in_bounded_time() -> None:
    body = "filename,label\n" + '"x,cat\n' * 50_000 + "y.jpg,cat\n"
    found, findings = read(CSV_CLASSES, body)
    assert sum(each.count for each in findings) == 50_000
    assert found.annotations.num_rows == 1


def test_a_row_of_commas_alone_is_no_row() -> None:
    found, findings = read(CSV_CORNERS, "filename,xmin,ymin,xmax,ymax,label\n" + ",,,,,\n" * 10)
    assert not found.images.num_rows
    assert not findings
