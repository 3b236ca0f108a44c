from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.tabular import Kili, Scale, Supervisely
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import Prefix, Row, emit_to, files_of, media_row
from tests.labelport.manifests.encord.prefixes import dicom, nifti, pdf, sound, video
from tests.labelport.manifests.tabular.reading_back import groups
from tests.labelport.manifests.texts import add_text

ALL = [Supervisely(), Kili(), Scale()]


def emit(folder: Path, platform: Platform, prefix: Prefix, given: dict[str, Any] | None = None, **more: Any) -> Any:
    options = platform.Options.model_validate({"platform": platform.name, **(given or {})})
    return emit_to(folder, platform, options, prefix, **more)


def codes(emitted: Any) -> list[str]:
    return [f.code for f in emitted.findings]


def written(folder: Path, name: str) -> str:
    return (folder / f"{name}.csv").read_bytes().decode()


def one(key: str, **given: Any) -> tuple[Prefix, str]:
    prefix = Prefix()
    return prefix, prefix.add(key, [media_row(key)], **given)


def test_supervisely_has_addresses_and_tags_between_semicolons(tmp_path: Path) -> None:
    prefix, _ = one("img/é;,1.png", attributes=[("view", "wide"), ("site", "north"), ("other", "x")])
    assert codes(emit(tmp_path, Supervisely(), prefix, {"tags": ["site", "view", "absent"]})) == []
    address = "https://media.example/made/img/%C3%A9%3B%2C1.png"
    assert written(tmp_path, "supervisely") == f"url;tag\n{address};north,wide\n"


def test_supervisely_by_path_has_keys_as_they_are_and_needs_no_address(tmp_path: Path) -> None:
    prefix, _ = one("img/é, 1.png")
    assert codes(emit(tmp_path, Supervisely(), prefix, {"address": "path"}, url_base=None)) == []
    assert written(tmp_path, "supervisely") == "path;tag\nimg/é, 1.png;\n"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("a;b.png", "manifest.csv_unsafe"),
        ('a"b.png', "manifest.csv_unsafe"),
        ("=a.png", "manifest.csv_unsafe"),
        ("@a.png", "manifest.csv_unsafe"),
        (" a.png", "manifest.csv_unsafe"),
        ("../a.png", "manifest.key_unsafe"),
        ("/a.png", "manifest.key_unsafe"),
        ("a//b.png", "manifest.key_unsafe"),
        ("a\nb.png", "manifest.key_unsafe"),
    ],
)
def test_a_key_that_is_no_plain_path_is_left_out(tmp_path: Path, key: str, code: str) -> None:
    prefix, _ = one(key)
    emitted = emit(tmp_path, Supervisely(), prefix, {"address": "path"})
    assert [(f.code, f.file) for f in emitted.findings] == [(code, key), ("manifest.empty", "")]


@pytest.mark.parametrize("value", ["a,b", "a;b", 'a"b', "=a", "a\nb", " a", "-"])
def test_a_tag_that_would_be_read_otherwise_costs_the_series(tmp_path: Path, value: str) -> None:
    prefix, title = one("a.png", attributes=[("site", value)])
    emitted = emit(tmp_path, Supervisely(), prefix, {"tags": ["site"]})
    assert [(f.code, f.series_id) for f in emitted.findings][:1] == [("manifest.csv_unsafe", title)]
    assert files_of(tmp_path) == {}


def test_equal_tags_stand_once_and_one_like_a_name_is_told(tmp_path: Path) -> None:
    prefix, _ = one("a.png", attributes=[("a", "DOE^JANE"), ("b", "DOE^JANE")])
    emitted = emit(tmp_path, Supervisely(), prefix, {"tags": ["a", "b"]})
    assert [(f.code, f.pointer) for f in emitted.findings] == [("manifest.phi_suspect", "tags")]
    assert written(tmp_path, "supervisely").endswith(";DOE^JANE\n")


@pytest.mark.parametrize("key", ["a", "a.dat", "a.png.bak", "png"])
def test_supervisely_takes_no_address_that_ends_otherwise_than_an_image(tmp_path: Path, key: str) -> None:
    prefix, _ = one(key)
    assert codes(emit(tmp_path, Supervisely(), prefix)) == ["tabular.extension", "manifest.empty"]


def test_kili_has_the_id_of_the_series_and_of_one_of_several_its_index(tmp_path: Path) -> None:
    prefix, alone = one("a.png")
    several = prefix.add("b", [media_row("b/1.png"), media_row("b/2.png")], kind="frames")
    assert codes(emit(tmp_path, Kili(), prefix)) == ["manifest.ungrouped"]
    header, *rows = written(tmp_path, "kili").splitlines()
    assert header == "external_id,content"
    assert sorted(rows) == sorted(
        [
            f"{alone},https://media.example/made/a.png",
            f"{several}/0000,https://media.example/made/b/1.png",
            f"{several}/0001,https://media.example/made/b/2.png",
        ]
    )


def test_scale_has_addresses_alone(tmp_path: Path) -> None:
    prefix, _ = one("img/1.png")
    emit(tmp_path, Scale(), prefix)
    assert written(tmp_path, "scale") == "attachment_url\nhttps://media.example/made/img/1.png\n"


def test_scale_has_texts_themselves_where_that_is_asked_for(tmp_path: Path) -> None:
    bucket, prefix = open_bucket("memory://scale-texts"), Prefix()
    for key, body in {"1.txt": b'one, "two"\nthree\r\n', "2.txt": "é".encode(), "3.txt": b"=1+1"}.items():
        add_text(prefix, bucket, key, body)
    add_text(prefix, bucket, "7.txt", b"\t=1+1")
    add_text(prefix, bucket, "4.txt", b"x" * 100_001)
    add_text(prefix, bucket, "5.txt", b"\xff")
    prefix.add("6", [media_row("6.png")])
    emitted = emit(tmp_path, Scale(), prefix, {"column": "text"}, bucket=bucket, url_base=None)
    assert {(f.code, f.file) for f in emitted.findings} == {
        ("manifest.csv_unsafe", "3.txt"),
        ("manifest.csv_unsafe", "7.txt"),
        ("tabular.text_unreadable", "4.txt"),
        ("tabular.text_unreadable", "5.txt"),
        ("manifest.kind_not_taken", ""),
    }
    assert sorted(text for _, [text] in groups(tmp_path)) == ['one, "two"\nthree\r\n', "é"]


@pytest.mark.parametrize("platform", ALL, ids=lambda platform: platform.name)
@pytest.mark.parametrize(
    ("kind", "media", "code"),
    [
        ("frames", [video("a.mp4")], "manifest.needs_rendition"),
        ("stack", [dicom("1.dcm"), dicom("2.dcm")], "manifest.needs_rendition"),
        ("cine", [dicom("1.dcm", frames=9)], "manifest.needs_rendition"),
        ("volume", [nifti("1.nii.gz")], "manifest.needs_rendition"),
        ("single", [sound("1.wav")], "manifest.needs_rendition"),
        ("single", [pdf("1.pdf")], "manifest.kind_not_taken"),
        ("single", [media_row("1.pcd", kind="pointcloud", media_format="pcd")], "manifest.kind_not_taken"),
        ("frames", [media_row("1.png", status="truncated")], "manifest.skipped"),
    ],
)
def test_what_they_do_not_take_is_said_in_the_words_of_all_platforms(
    tmp_path: Path, platform: Platform, kind: str, media: list[Row], code: str
) -> None:
    prefix = Prefix()
    prefix.add("a", media, kind=kind)
    assert codes(emit(tmp_path, platform, prefix)) == [code, "manifest.empty"]


@pytest.mark.parametrize(("platform", "rows"), [(Supervisely(), 0), (Kili(), 1), (Scale(), 1)])
def test_texts_are_rows_but_not_for_supervisely(tmp_path: Path, platform: Platform, rows: int) -> None:
    prefix = Prefix()
    prefix.add("n.txt", [media_row("n.txt", kind="text", media_format="text")])
    assert emit(tmp_path, platform, prefix).entries == rows


@pytest.mark.parametrize("platform", ALL, ids=lambda platform: platform.name)
def test_a_folder_that_nobody_else_can_reach_is_one_finding(tmp_path: Path, platform: Platform) -> None:
    prefix = Prefix()
    for number in range(3):
        prefix.add(f"{number}", [media_row(f"{number}.png")])
    emitted = emit(tmp_path, platform, prefix, url_base=None, bucket=open_bucket(f"file://{tmp_path}"))
    assert codes(emitted) == ["manifest.no_public_url", "manifest.empty"]


@pytest.mark.parametrize("platform", ALL, ids=lambda platform: platform.name)
def test_the_readme_names_the_file_by_the_manifests_name(tmp_path: Path, platform: Platform) -> None:
    prefix, _ = one("a.png")
    emit(tmp_path, platform, prefix, {"name": "batch_7"})
    assert set(files_of(tmp_path)) == {"batch_7.csv", "batch_7.README.txt"}
    assert "batch_7.csv" in (tmp_path / "batch_7.README.txt").read_text()


def test_an_address_that_cannot_stand_between_commas_is_left_out(tmp_path: Path) -> None:
    prefix, _ = one("a.png")
    emitted = emit(tmp_path, Kili(), prefix, url_base="https://media.example/a,b")
    assert codes(emitted) == ["manifest.csv_unsafe", "manifest.empty"]
