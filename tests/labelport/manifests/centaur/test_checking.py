from pathlib import Path

import pytest

from labelport.manifests.centaur import Centaur
from labelport.manifests.checking import check_files
from tests.needs import fixtures

HEADER = "content_id,origin,series,series_index,notes\n"


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
    ],
)
def test_every_violation_is_told_with_line_and_column(
    text: str | bytes, findings: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    assert found(tmp_path, text) == findings


@pytest.mark.parametrize("name", ["series.csv", "audio_image.csv"])
def test_the_samples_of_the_page_pass(name: str) -> None:
    assert [f for f in check_files([fixtures("pages", "centaur") / name]) if f.severity == "error"] == []
