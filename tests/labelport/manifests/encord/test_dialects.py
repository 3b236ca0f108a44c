"""Which dialect a file speaks: by its own top-level keys, wherever they stand, unless the options say."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.encord import Encord, EncordOptions
from labelport.manifests.encord.dialects import dialect_of
from tests.needs import fixtures


def dialect(folder: Path, body: Any) -> str:
    path = folder / "x.json"
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return dialect_of(path).name


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"imageGroups": []}, "sdk"),
        ({"videos": [], "skipDuplicateUrls": True}, "sdk"),
        ({"pdf": [], "images": []}, "sdk"),
        ({"scenes": []}, "sdk"),
        ({"videos": []}, "file"),
        ({"images": [], "skip_duplicate_urls": True}, "file"),
        ({"image_groups": []}, "file"),
        ({"imageGroups": [], "pdf": [], "skip_duplicate_urls": True}, "file"),
        ({"dicomSeries": [], "pdfs": []}, "file"),
        ({"images": [{"clientMetadata": {"imageGroups": 1, "pdf": 2}}]}, "file"),
        ({"images": [{"title": '"skipDuplicateUrls": true'}]}, "file"),
        (b'{"images": [], "pdf" \n : []}', "sdk"),
        (b'{"imageGroups": [1, 2', "sdk"),
        (b'{"imageGroups": [], "videos": [', "sdk"),
        (b"", "file"),
        (b"ObjectUrl\n", "file"),
    ],
)
def test_a_file_speaks_the_dialect_of_the_keys_that_only_one_has(body: Any, name: str, tmp_path: Path) -> None:
    assert dialect(tmp_path, body) == name


@pytest.mark.parametrize("before_the_end_of_a_reading", [*range(0, 30, 3), 60, 65])
def test_a_key_behind_a_megabyte_and_across_two_readings_is_found(
    before_the_end_of_a_reading: int, tmp_path: Path
) -> None:
    head, tail = b'{"images":[{"title":"', b'"}],"skipDuplicateUrls" :true}'
    padding = (1 << 20) - before_the_end_of_a_reading - len(head) - 4
    assert dialect(tmp_path, head + b"x" * padding + tail) == "sdk"


def test_the_sdks_own_file_passes_as_such_and_fails_as_a_file_with_a_hint() -> None:
    path = fixtures("encord") / "good_dto_dialect.json"
    assert [f for f in Encord().check([path]) if f.severity == "error"] == []
    assert [f for f in Encord().check([path], EncordOptions(dialect="sdk")) if f.severity == "error"] == []
    found = {(f.code, f.pointer): f.hint for f in Encord().check([path], EncordOptions(dialect="file"))}
    assert "dialect: sdk" in found["encord.unknown_top_key", "/imageGroups"]


def test_options_about_other_things_leave_the_dialect_to_the_content() -> None:
    path = fixtures("encord") / "good_dto_dialect.json"
    assert Encord().dialect(path, EncordOptions(urls="any")) == "sdk"
    assert Encord().dialect(path, EncordOptions(dialect="file")) == "file"


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        ("encord.index.json", b'{"chunks":[]}', "index"),
        ("encord.groups.json", b'{"a": ["https://a/b.wav"]}', "plan"),
        ("encord.csv", b"ObjectUrl,Video title\n", "csv"),
        ("encord.json", b'{"images":[]}', "file"),
    ],
)
def test_each_of_encords_files_is_told_for_what_it_is(name: str, body: bytes, form: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(body)
    assert Encord().dialect(tmp_path / name) == form
