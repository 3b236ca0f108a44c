"""Every rule of a CSV, with line and cell."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.encord import Encord, EncordOptions

A = "https://acme-media.s3.eu-west-2.amazonaws.com"
VIDEOS = "ObjectUrl,Video title\n"
GROUPS = "ObjectUrl,Image group title,Create video\n"
IMAGES = "ObjectUrl,Image title\n"
DICOM = "ObjectUrl,Series title\n"


def said(folder: Path, text: str | bytes, **options: Any) -> list[tuple[str, str]]:
    path = folder / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(f.code, f.pointer) for f in Encord().check([path], EncordOptions(**options))]


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (f"{VIDEOS}{A}/a.mp4,a\n", []),
        (f"{VIDEOS}{A}/a.mp4,\n", []),
        (f"{VIDEOS}{A}/a.mp4,a\r\n", []),
        (f"OBJECTURL , video TITLE\n{A}/a.mp4,a\n", []),
        (f"ObjectUrl\n{A}/a.mp4\n", []),
        (f"ObjectUrl\n{A}/a.jpg\n", [("manifest.wrong_type", "2:1")]),
        (f'{VIDEOS}"{A}/a,b.mp4",a\n', []),
        (f"{DICOM}{A}/1.dcm,s\n{A}/2.dcm,s\n{A}/3.dcm,\n", []),
        (f"ObjectURL,Dicom title\n{A}/1.dcm,s\n", []),
        (f"{GROUPS}{A}/0.jpg,g,false\n{A}/1.jpg,g,FALSE\n", []),
        (f"{GROUPS}{A}/0.jpg,g,\n{A}/1.jpg,g,true\n", []),
        (f"{IMAGES}{A}/0.jpg,i\n\n{VIDEOS}{A}/a.mp4,a\n", []),
        (VIDEOS, [("manifest.empty", "1:1")]),
        ("", [("manifest.empty", "1:1")]),
        (f"{A}/a.mp4,a\n", [("encord.csv_header", "1:1")]),
        (f"ObjectUrl,Film title\n{A}/a.mp4,a\n", [("encord.csv_header", "1:1")]),
        (f"ObjectUrl,Video title,Note\n{A}/a.mp4,a,b\n", [("encord.csv_header", "1:1")]),
        (f"ObjectUrl,Image group title\n{A}/0.jpg,g\n", [("encord.csv_header", "1:3")]),
        (f"{GROUPS}{A}/0.jpg,s,true\n{IMAGES}{A}/1.jpg,i\n", [("encord.csv_header", "3:3")]),
        (f"{IMAGES}{A}/1.jpg,i\n{GROUPS}{A}/0.jpg,s,\n", [("encord.csv_header", "1:3")]),
        (f"{VIDEOS}{A}/a.mp4\n", [("encord.csv_row", "2:1")]),
        (f"{VIDEOS}{A}/a.mp4,a,b\n", [("encord.csv_row", "2:1")]),
        (f"{GROUPS}{A}/0.jpg,g,maybe\n", [("encord.csv_row", "2:3")]),
        (f"{GROUPS}{A}/0.jpg,g,false\n{A}/1.jpg,g,true\n", [("encord.csv_row", "3:3")]),
        (f"{IMAGES.strip()},Create video\n{A}/0.jpg,i,true\n", [("encord.csv_row", "2:3")]),
        (f"{GROUPS}{A}/0.jpg,,false\n", [("encord.title_missing", "2:2")]),
        (f"{VIDEOS}{A}/a.mp4,{'t' * 301}\n", [("encord.title_too_long", "2:2")]),
        (f'{VIDEOS}{A}/a.mp4,"a,b"\n', [("manifest.csv_unsafe", "2:2")]),
        (f"{VIDEOS}{A}/a.mp4,=cmd\n", [("manifest.csv_unsafe", "2:2")]),
        (f"{VIDEOS}{A}/a.mp4,a\n{A}/a.mp4,b\n", [("manifest.duplicate_url", "3:1")]),
        (f"{VIDEOS}{A}/a.mp4,a\n{A}/b.mp4,a\n", [("manifest.duplicate_title", "3:2")]),
        (f"{VIDEOS}{A}/a b.mp4,a\n", [("manifest.url_whitespace", "2:1")]),
        (f"{VIDEOS}s3://acme/a.mp4,a\n", [("manifest.url_form", "2:1")]),
        (f"{VIDEOS}{A}/a.mp4?sig=x,a\n", [("manifest.url_signed", "2:1")]),
        (f"{VIDEOS}{A}/a.jpg,a\n", [("encord.csv_title_kind", "2:1")]),
        (b"\xef\xbb\xbf" + f"{VIDEOS}{A}/a.mp4,a\n".encode(), [("manifest.unreadable", "1:1")]),
        (f"{VIDEOS}{A}/a.mp4,a\n".encode() + b"\xff,b\n", [("manifest.unreadable", "1:1")]),
        (f'{VIDEOS}{A}/a.mp4,"a\n', [("manifest.unreadable", "2:1")]),
        (f'{VIDEOS}{A}/a.mp4,"a"b\n', [("manifest.unreadable", "2:1")]),
        (f"{VIDEOS}{A}/a.mp4,{'x' * 200_000}\n", [("manifest.unreadable", "2:1")]),
        (f"{VIDEOS}{A}/a.mp4,a\n" + "x," * 2_000_000, [("manifest.unreadable", "3:1")]),
    ],
)
def test_every_rule_has_its_code_and_place(text: str | bytes, findings: list[tuple[str, str]], tmp_path: Path) -> None:
    assert said(tmp_path, text) == findings


def test_placeholders_pass_where_urls_may_be_anything_but_signatures_and_doubles_are_still_seen(tmp_path: Path) -> None:
    text = f"{VIDEOS}path/to/a.mp4,a\npath/to/a.mp4,b\n,c\n"
    assert said(tmp_path, text, urls="any") == [("manifest.duplicate_url", "3:1"), ("manifest.url_form", "4:1")]


def test_limits_count_groups_once_and_rows_as_urls(tmp_path: Path) -> None:
    text = f"{GROUPS}{A}/0.jpg,g,false\n{A}/1.jpg,g,false\n{A}/2.jpg,h,false\n"
    assert said(tmp_path, text, max_entries=2, max_urls=3) == []
    assert said(tmp_path, text, max_entries=1, max_urls=2) == [("encord.file_over_limit", "1:1")] * 2


def test_a_file_beyond_reason_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from labelport.manifests.encord import check_csv

    monkeypatch.setattr(check_csv, "MOST_READ", 100)
    assert said(tmp_path, VIDEOS + "x\n" * 1000, urls="any")[-1] == ("encord.file_over_limit", "103:1")
    monkeypatch.setattr(check_csv, "MOST_FILE_BYTES", 100)
    assert said(tmp_path, VIDEOS + "x\n" * 1000) == [("encord.file_over_limit", "1:1")]


WORDS = [*'ab,"\n\r;é', "ObjectUrl", "Video title", "Image group title", "Create video", A, "true", "=", "\x00"]


@given(text=st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_any_text_is_judged_and_never_raises(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("junk")
    for _, pointer in said(folder, text):
        line, _, cell = pointer.partition(":")
        assert line.isdigit()
        assert cell.isdigit()


def test_a_group_in_two_files_of_one_manifest_becomes_two_and_is_an_error(tmp_path: Path) -> None:
    for number in (1, 2):
        body = f"ObjectUrl,Image group title,Create video\nhttps://a/{number}.png,g,false\n"
        (tmp_path / f"x.{number:04d}.csv").write_text(body)
    found = Encord().check(sorted(tmp_path.iterdir()))
    assert [(Path(f.file).name, f.code, f.severity, f.pointer) for f in found] == [
        ("x.0002.csv", "manifest.duplicate_title", "error", "2:2")
    ]
