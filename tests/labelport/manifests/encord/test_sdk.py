"""The vendor's SDK and our check on the same files: where they differ, the reason stands here."""

import json
from pathlib import Path
from typing import Any

import pytest
from encord.orm import storage

from labelport.manifests.encord import Encord, EncordOptions
from labelport.testing.manifest import emit_to
from tests.labelport.manifests.encord.prefixes import BAD, GOOD, everything
from tests.labelport.manifests.encord.sdk import as_items, refusals, refusals_of_items
from tests.needs import fixtures

TAKEN_BY_THE_SDK = {
    "gap.json": "numbers are gone once the URLs are a list",
    "wrongtype.json": "a URL is any text to it",
    "space.json": "a URL is any text to it",
    "signed.json": "a URL is any text to it",
    "upsert.json": "it says in its documentation that the flag has no effect, and takes it",
    "dollar.json": "the names in clientMetadata are judged by the server",
    "empty.json": "no item is a list of none",
    "dicomtags.json": "the 22 tags are judged by the server",
    "dupkey.json": "JSON parsers keep the last of two equal keys",
    "dtoshape.json": "it is its own dialect",
    "topkey.json": "they are its own keys",
}
"""Bad files that the SDK's models take, and why."""


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("name", GOOD)
def test_the_sdk_takes_every_good_file(name: str) -> None:
    assert refusals(read(fixtures("encord", "good") / name)) == []


@pytest.mark.parametrize("name", BAD)
def test_the_sdk_refuses_what_we_refuse_unless_it_cannot_see_it(name: str) -> None:
    path = fixtures("encord", "bad") / name
    assert any(f.severity == "error" for f in Encord().check([path]))
    if name == "bom.json":
        with pytest.raises(ValueError, match="BOM"):
            json.loads(path.read_text(encoding="utf-8"))
    else:
        assert bool(refusals(read(path))) is (name not in TAKEN_BY_THE_SDK)


def test_the_sdk_takes_the_file_of_its_own_dialect() -> None:
    assert refusals_of_items(read(fixtures("encord") / "good_dto_dialect.json")) == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"media_metadata": True},
        {"unconfirmed": True, "media_metadata": True, "upsert": True, "sampling_rate": 2, "keyframe_mode": "frame"},
        {"sequences": True, "skip_duplicate_urls": False},
        {"client_only": True},
    ],
)
def test_the_sdk_takes_all_that_we_write_of_every_section(options: dict[str, Any], tmp_path: Path) -> None:
    emit_to(tmp_path, Encord(), EncordOptions.model_validate(options), everything())
    written = read(tmp_path / "encord.json")
    assert refusals(written) == []
    sections = set(written) - {"skip_duplicate_urls", "upsert_metadata"}
    if options.get("unconfirmed"):
        assert sections == {"videos", "images", "audio", "text", "pdfs", "nifti", "image_groups", "dicom_series"}


SDK_OPTIONS: list[dict[str, Any]] = [
    {},
    {"media_metadata": True},
    {"upsert": True, "sequences": True, "skip_duplicate_urls": True},
    {"client_only": True},
    {"unconfirmed": True, "sampling_rate": 2, "keyframe_mode": "frame"},
]


@pytest.mark.parametrize("options", SDK_OPTIONS)
def test_the_sdks_dialect_is_what_its_own_classes_write_of_it(options: dict[str, Any], tmp_path: Path) -> None:
    emit_to(tmp_path, Encord(), EncordOptions(dialect="sdk", **options), everything())
    written = read(tmp_path / "encord.sdk.json")
    assert refusals_of_items(written) == []
    model = storage.DataUploadItems.model_validate_json(json.dumps(written), strict=True)
    assert json.loads(model.model_dump_json(by_alias=True, exclude_unset=True)) == written
    assert storage.DataUploadItems.from_dict(written) == model
    found = Encord().check([tmp_path / "encord.sdk.json"], EncordOptions(dialect="sdk", **options))
    assert {f.code for f in found} <= {"encord.unconfirmed_key"}


def test_both_dialects_hold_the_same(tmp_path: Path) -> None:
    for dialect in ("file", "sdk"):
        options = EncordOptions.model_validate({"dialect": dialect, "unconfirmed": True, "sequences": True})
        emit_to(tmp_path, Encord(), options, everything())
    mapped, own = as_items(read(tmp_path / "encord.json")), read(tmp_path / "encord.sdk.json")
    for group in own["imageGroups"]:
        title = group["title"]
        assert [image.pop("title") for image in group["images"]] == [f"{title}/0000", f"{title}/0001"]
    assert own == mapped
    assert list(own) == [
        "videos",
        "images",
        "audio",
        "text",
        "pdf",
        "nifti",
        "imageGroups",
        "dicomSeries",
        "skipDuplicateUrls",
    ]


def test_the_judge_sees_what_the_sdk_would_drop_or_change() -> None:
    assert refusals({"videos": [{"objectUrl": "x", "titel": "y"}]}) == ["videos/0/titel"]
    assert refusals({"pdfs": []}) == []
    assert refusals({"pdfss": []}) == ["pdfss"]
    given = {"fps": "25", "duration": 1.0, "width": 1, "height": 1, "file_size": 1, "mime_type": "video/mp4"}
    assert refusals({"videos": [{"objectUrl": "x", "videoMetadata": given}]}) == ["videos/0/videoMetadata/fps"]
    assert refusals({"videos": [{"objectUrl": "x", "videoMetadata": {**given, "fps": 25, "fpss": 1}}]}) == [
        "videos/0/videoMetadata/fpss"
    ]
