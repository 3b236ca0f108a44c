from pathlib import Path

import pytest

from labelport.findings import Finding
from labelport.manifests.contract import Platform
from labelport.manifests.tabular import Kili, Scale, Supervisely

PLATFORMS: dict[str, Platform] = {platform.name: platform for platform in (Supervisely(), Kili(), Scale())}


def check(folder: Path, platform: str, body: str | bytes) -> list[Finding]:
    path = folder / "x.csv"
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return PLATFORMS[platform].check([path])


def places(found: list[Finding]) -> list[tuple[str, str]]:
    return [(f.code, f.pointer) for f in found]


@pytest.mark.parametrize(
    ("platform", "body"),
    [
        ("supervisely", "url;tag\nhttps://acme-media.s3.eu-west-2.amazonaws.com/img/0001.png;north,wide\n"),
        ("supervisely", "url;tag\r\nhttps://a.b/1.JPG;\r\nhttps://a.b/2.jpg\r\n"),
        ("supervisely", "tag;url\ndog;https://a.b/1.jpeg"),
        ("supervisely", "url\nhttps://a.b/1.jpeg\n"),
        ("supervisely", "path;tag\n/dogs/img_01.jpeg;dog\ncats/img 02.jpeg;cat\n"),
        ("kili", "external_id,content\ni-0001,https://acme-media.s3.eu-west-2.amazonaws.com/img/0001.png\n"),
        ("kili", "content,external_id\nhttps://a.b/1,x\n"),
        ("scale", "attachment_url\nhttps://acme-media.s3.eu-west-2.amazonaws.com/img/0001.png\n"),
        ("scale", 'text\n"one, two\nthree"\nfour\n'),
    ],
)
def test_files_as_people_write_them_pass(tmp_path: Path, platform: str, body: str) -> None:
    assert check(tmp_path, platform, body) == []


@pytest.mark.parametrize(
    ("platform", "header"),
    [
        ("supervisely", "url,tag"),
        ("supervisely", "URL;tag"),
        ("supervisely", "url;path"),
        ("supervisely", "tag"),
        ("supervisely", "url;url"),
        ("kili", "external_id;content"),
        ("kili", "external_id"),
        ("kili", "content"),
        ("scale", "url"),
        ("scale", "attachment_url,text"),
        ("scale", "Attachment_URL"),
    ],
)
def test_another_header_is_said_once_and_nothing_below_it_is_read(tmp_path: Path, platform: str, header: str) -> None:
    found = check(tmp_path, platform, f"{header}\nx;y,z\n")
    assert places(found) == [("tabular.header", "1:1")]
    assert "must be" in found[0].message


@pytest.mark.parametrize(
    ("platform", "head", "row", "found"),
    [
        ("supervisely", "url;tag", "https://a.b/1.png;x;y", ("tabular.row", "2:1")),
        ("supervisely", "url;tag", ";x", ("tabular.row", "2:1")),
        ("supervisely", "url;tag", "http://a.b/1.png;", ("manifest.url_form", "2:1")),
        ("supervisely", "url;tag", "s3://a/1.png;", ("manifest.url_form", "2:1")),
        ("supervisely", "url;tag", "https://a.b/1.txt;", ("tabular.extension", "2:1")),
        ("supervisely", "url;tag", "https://a.b/a b.png;", ("manifest.url_whitespace", "2:1")),
        ("supervisely", "url;tag", "https://a.b/0.png;", ("manifest.duplicate_url", "2:1")),
        ("supervisely", "url;tag", 'https://a.b/1.png;"a;b"', ("manifest.csv_unsafe", "2:2")),
        ("supervisely", "url;tag;size", "https://a.b/1.png;x;1", ("tabular.unknown_column", "1:3")),
        ("supervisely", "path;tag", "../1.png;", ("manifest.key_unsafe", "2:1")),
        ("supervisely", "path;tag", "=1.png;", ("manifest.csv_unsafe", "2:1")),
        ("kili", "external_id,content", "a", ("tabular.row", "2:1")),
        ("kili", "external_id,content", ",https://a.b/1", ("tabular.row", "2:1")),
        ("kili", "external_id,content", "a,", ("tabular.row", "2:2")),
        ("kili", "external_id,content", "a,./1.png", ("manifest.url_form", "2:2")),
        ("kili", "external_id,content", "id0,https://a.b/1", ("manifest.duplicate_title", "2:1")),
        ("kili", "external_id,content", "+1,https://a.b/1", ("manifest.csv_unsafe", "2:1")),
        ("kili", "external_id,content", "a,https://a.b/1?X-Amz-Signature=1", ("manifest.url_signed", "2:2")),
        ("scale", "attachment_url", "https://u:p@a.b/1", ("manifest.url_form", "2:1")),
        ("scale", "attachment_url", "https://a.b/" + "x" * 17_000, ("manifest.url_too_long", "2:1")),
        ("scale", "text", "=1", ("manifest.csv_unsafe", "2:1")),
        ("scale", "text", '" "', ("tabular.row", "2:1")),
    ],
)
def test_every_violation_has_its_line_and_cell(
    tmp_path: Path, platform: str, head: str, row: str, found: tuple[str, str]
) -> None:
    first = {"supervisely": "https://a.b/0.png;", "kili": "id0,https://a.b/0", "scale": "https://a.b/0"}[platform]
    if found[0] in {"manifest.duplicate_url", "manifest.duplicate_title"}:
        body, place = f"{head}\n{first}\n{row}\n", (found[0], found[1].replace("2:", "3:"))
    else:
        body, place = f"{head}\n{row}\n", found
    given = check(tmp_path, platform, body)
    assert places(given) == [place]
    assert all(f.hint for f in given)


def test_a_path_in_kilis_content_is_a_warning_since_its_command_line_reads_it(tmp_path: Path) -> None:
    assert [f.severity for f in check(tmp_path, "kili", "external_id,content\na,./1.png\n")] == ["warning"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "manifest.empty"),
        (b"external_id,content\n", "manifest.empty"),
        (b"\xef\xbb\xbfexternal_id,content\na,https://a.b/1\n", "manifest.unreadable"),
        (b"external_id,content\n\xff,https://a.b/1\n", "manifest.unreadable"),
        (b'external_id,content\n"a,https://a.b/1\n', "manifest.unreadable"),
        (b'external_id,content\n"a"b,https://a.b/1\n', "manifest.unreadable"),
        (b"external_id,content\n" + b"x" * (1 << 20), "manifest.unreadable"),
        (b'external_id,content\n"' + b"x\n" * 100_000, "manifest.unreadable"),
    ],
)
def test_what_is_no_csv_is_told(tmp_path: Path, body: bytes, code: str) -> None:
    assert [f.code for f in check(tmp_path, "kili", body)] == [code]


@pytest.mark.parametrize("cut", ["https://a.b/im", "https://a.b/1.pn", "https://a"])
def test_a_last_line_without_an_end_whose_address_breaks_off_is_told(tmp_path: Path, cut: str) -> None:
    assert ("tabular.row", "3:1") in places(check(tmp_path, "scale", f"attachment_url\nhttps://a.b/1.png\n{cut}"))


def test_a_file_of_faults_only_has_a_bounded_list_of_them(tmp_path: Path) -> None:
    found = check(tmp_path, "scale", "attachment_url\n" + "x\n" * 3000)
    assert len(found) <= 2 * 1001
    assert sum(f.count for f in found if f.code == "manifest.url_form") == 3000


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    assert places(Kili().check([tmp_path / "none.csv"])) == [("manifest.unreadable", "")]
