import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.centaur import Centaur, CentaurOptions
from labelport.manifests.centaur.csv_reading import CsvRows
from labelport.manifests.centaur.outputs import AMBIGUOUS
from labelport.manifests.checking import check_files
from tests.needs import fixtures

HEADER = "content_id,origin,series,series_index,notes\n"
PLUS = HEADER.replace("\n", ",url,status\n")


def unsafe(line: int, column: int, severity: str = "error") -> tuple[str, str, str]:
    return "manifest.csv_unsafe", severity, f"{line}:{column}"


def gap(line: int) -> tuple[str, str, str]:
    return "centaur.series_index", "error", f"{line}:4"


def found(folder: Path, text: str | bytes) -> list[tuple[str, str, str]]:
    path = folder / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(f.code, f.severity, f.pointer) for f in Centaur().check([path])]


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (HEADER + "1,a.png,s,0,\n2,b.png,s,1,k = v\n", []),
        (HEADER.title() + "1,a.png,s,0,\n", []),
        (HEADER + "1,a.png,s,0,\r\n", []),
        (HEADER + "1,a.png,,,\n", []),
        (HEADER, [("manifest.empty", "error", "1:1")]),
        ("origin,series\na,b\n", [("centaur.header", "error", "1:1")]),
        (HEADER + "1,a.png,s,0\n", [("centaur.row", "error", "2:1")]),
        (HEADER + "1,a.png,s,x,\n", [("centaur.row", "error", "2:4")]),
        (HEADER + "1,,s,0,\n", [("centaur.row", "error", "2:2")]),
        (HEADER + "1,a.png,s,0,\n2,a.png,s,1,\n", [("centaur.duplicate_origin", "error", "3:2")]),
        (HEADER + "1,a.png,s,0,\n2,b.png,s,0,\n", [("centaur.series_index", "error", "3:4")]),
        (HEADER + "1,a.png,s,0,\n2,b.png,s,2,\n", [("centaur.series_index", "error", "3:4")]),
        (HEADER + "1,a.png,s,5,\n", [("centaur.series_index", "warning", "2:4")]),
        (HEADER + '1,"a,b.png",s,0,\n', [("manifest.csv_unsafe", "error", "2:2")]),
        (HEADER + "1,=a.png,s,0,\n", [("manifest.csv_unsafe", "error", "2:2")]),
        (HEADER + "1,a.png,s,0,@n\n", [("manifest.csv_unsafe", "error", "2:5")]),
        (HEADER + ",a.png,s,0,\n", [("centaur.no_template", "warning", "1:1")]),
        (HEADER + "1,a.png,s,0,\n,b.png,s,1,\n", [("centaur.row", "error", "1:1")]),
        (b"\xef\xbb\xbf" + HEADER.encode() + b"1,a.png,s,0,\n", [("manifest.unreadable", "error", "1:1")]),
        (HEADER.encode() + b"1,\xff.png,s,0,\n", [("manifest.unreadable", "error", "1:1")]),
        ("origin,image_id,notes\nr.wav,r.png,\n", []),
        ("origin,image_id,notes\nr.wav,,\n", [("centaur.row", "error", "2:2")]),
        ("origin,image_id,notes\nr.wav,a.png,\nr.wav,b.png,\n", [("centaur.audio_two_images", "error", "3:1")]),
        ("origin,image_id,notes\nr.wav,a.png\n", [("centaur.row", "error", "2:1")]),
        ('origin,image_id,notes\n=r.wav,a.png,"a,b"\n', [unsafe(2, 1), unsafe(2, 3)]),
        ("", [("centaur.header", "error", "1:1")]),
        ("origin,content_id,series,series_index,notes\na,1,s,0,\n", [("centaur.header", "error", "1:1")]),
        ("content_id;origin;series;series_index;notes\n1;a;s;0;\n", [("centaur.header", "error", "1:1")]),
        (PLUS + "1,a.png,s,0,,http://x,\n", []),
        (PLUS + '1,a.png,s,0,,"Jan 3, 2024",=1\n', [unsafe(2, 6, "warning"), unsafe(2, 7, "warning")]),
        (PLUS + '1,"a,b.png",,,,,\n', [unsafe(2, 2, "warning")]),
        (HEADER + '"1,2",a.png,s,0,\n', [unsafe(2, 1, "warning")]),
        (HEADER + "1,a.png,,0,\n", [("centaur.row", "error", "2:3")]),
        (HEADER + "1,,,,\n", []),
        (HEADER + ",,,,\n1,a,s,0,\n", [("centaur.row", "error", "2:2"), ("centaur.row", "error", "1:1")]),
        (HEADER + "1,a.png,,,\n2,a.png,,,\n", [("centaur.duplicate_origin", "warning", "3:2")]),
        (HEADER + "1,a.png,,,\n2,a.png,s,0,\n", [("centaur.duplicate_origin", "error", "3:2")]),
        (HEADER + f"1,a.png,s,{'9' * 5000},\n", [("centaur.row", "error", "2:4")]),
        (HEADER + "1,a.png,s,٣,\n", [("centaur.row", "error", "2:4")]),
        (HEADER + "1,a.png,s,-1,\n", [("manifest.csv_unsafe", "error", "2:4"), ("centaur.row", "error", "2:4")]),
        (HEADER + "1,a,s,3,\n2,b,s,0,\n3,c,s,5,\n", [gap(2), gap(4)]),
        (HEADER + "1,a,s,1,\n2,b,t,0,\n3,c,s,2,\n", [("centaur.series_index", "warning", "2:4")]),
        (HEADER + '1,"a\nb",,,\n2,b,s,x,\n', [unsafe(2, 2, "warning"), ("centaur.row", "error", "4:4")]),
        (HEADER + '1,"a.png,s,0,\n2,b.png,s,1,\n', [("manifest.unreadable", "error", "2:1")]),
        ("origin,series,series_index,reason\na,s,0,why\n", []),
        ("origin,series,series_index,reason\na,s,0\n", [("centaur.row", "error", "2:1")]),
    ],
)
def test_every_violation_is_told_with_line_and_column(
    text: str | bytes, findings: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    assert found(tmp_path, text) == findings


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("series.csv", ["234089", "frame_0005.png", "video1", "5", "customer id = 1234"]),
        ("audio_image.csv", ["abstact1234.mp4", "abstact1234.jpeg", "customer id = 1234"]),
    ],
)
def test_the_samples_of_the_page_are_read_and_pass(name: str, row: list[str]) -> None:
    path = fixtures("pages", "centaur") / name
    found = check_files([path])
    assert [(f.code, f.severity) for f in found] == [("centaur.series_index", "warning")] * (name == "series.csv")
    with path.open("rb") as file:
        assert [cells for _, cells in CsvRows(file)][1:] == [row]


def test_gaps_are_warnings_where_the_manifest_may_be_partial(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + "1,a,s,0,\n2,b,s,2,\n")
    (found,) = Centaur().check([path], CentaurOptions(partial=True))
    assert (found.code, found.severity, found.pointer) == ("centaur.series_index", "warning", "3:4")


def test_what_stands_above_already_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + "1,a,s,0,\n2,b,s,1,\n3,a,s,1,\n")
    assert [f.message for f in Centaur().check([path])] == [
        "the origin stands in line 2 already",
        "the index 1 stands in line 3 already",
    ]


def test_a_million_faults_are_a_thousand_findings_and_a_count(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + "1,a,s\n" * 3000)
    found = Centaur().check([path])
    assert len(found) == 1001
    assert found[-1].count == 2000


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert [f.code for f in Centaur().check([tmp_path / "absent.csv", tmp_path])] == ["manifest.unreadable"] * 2


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: (HEADER + text).encode("utf-8", "replace")))
def test_any_bytes_give_findings_and_no_traceback(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(body)
        for found in Centaur().check([path]):
            assert re.fullmatch(r"\d+:\d+", found.pointer)
        assert 0 <= Centaur().detect("x.csv", body[:4096]) <= 1


@pytest.mark.parametrize(
    ("name", "head", "sure"),
    [
        ("x.csv", HEADER.encode(), 1.0),
        ("x.csv", b'\xef\xbb\xbf"Content_ID", origin ,series,series_index,notes\r\n1', 1.0),
        ("x.csv", b"origin,image_id,notes\r", 1.0),
        ("x", b"origin,image_id,notes,url\n", 1.0),
        ("centaur.ambiguous.csv", ",".join(AMBIGUOUS).encode(), 0.9),
        ("x.csv", b"origin,series,content_id,notes,series_index\n", 0.8),
        ("x.csv", b"ObjectUrl,Image group title,Create video\n", 0.0),
        ("x.csv", b"url;tag\n", 0.0),
        ("x.csv", b"external_id,content\n", 0.0),
        ("x.csv", b"attachment_url\n", 0.0),
        ("series_id,title,batch,last_state", b"series_id,title,batch,last_state\n", 0.0),
        ("x.json", b'{"videos":[]}', 0.0),
        ("x.jsonl", b'{"version":"1.1"}\n', 0.0),
        ("x.csv", b"", 0.0),
    ],
)
def test_files_are_known_by_their_first_line(name: str, head: bytes, sure: float) -> None:
    assert Centaur().detect(name, head) == sure
