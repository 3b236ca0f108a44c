"""Every rule of a file in the SDK's dialect, with its JSON pointer; the SDK itself is asked where it has an opinion."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.encord import Encord, EncordOptions
from labelport.manifests.encord.metadata_rules import DICOM_TAGS
from tests.labelport.manifests.encord.sdk import refusals_of_items

BASE = "https://acme-media.s3.eu-west-2.amazonaws.com"
IMAGE = {"objectUrl": f"{BASE}/a.png"}
PICTURE = {"url": f"{BASE}/0.jpg"}
GROUP = {"title": "g", "createVideo": False, "images": [PICTURE]}
FILE = {"url": f"{BASE}/0.dcm", "title": None}
SERIES = {"title": "s", "dicomFiles": [FILE]}
SIZES = {"mimeType": "image/jpeg", "fileSize": 5, "width": 4, "height": 3}
TAGS = {"tags": dict.fromkeys(DICOM_TAGS)}


def said(folder: Path, body: Any, **options: Any) -> list[tuple[str, str]]:
    path = folder / "x.sdk.json"
    path.write_text(json.dumps({"skipDuplicateUrls": True, **body}))
    found = Encord().check([path], EncordOptions(dialect="sdk", **options))
    return [(f.code, f.pointer) for f in found]


@pytest.mark.parametrize(
    ("body", "findings"),
    [
        ({"images": [IMAGE | {"title": "t", "clientMetadata": {"a": 1}, "imageMetadata": SIZES}]}, []),
        ({"images": [IMAGE | {"title": None, "imageMetadata": None, "placeholderItemUuid": None}]}, []),
        ({"images": [{"object_url": f"{BASE}/a.png", "client_metadata": {}}]}, []),
        ({"images": [IMAGE | {"image_metadata": {"mime_type": "a", "file_size": 1, "width": 1, "height": 1}}]}, []),
        ({"images": [IMAGE | {"externalFileType": "IMAGE"}]}, []),
        ({"pdf": [{"objectUrl": f"{BASE}/a.pdf", "pdfMetadata": {"fileSize": 1, "numPages": 2}}]}, []),
        ({"text": [{"objectUrl": f"{BASE}/a.txt"}], "nifti": [{"objectUrl": f"{BASE}/a.nii"}]}, []),
        ({"imageGroups": [GROUP]}, []),
        ({"image_groups": [GROUP | {"images": [PICTURE | {"title": "p", "imageMetadata": SIZES}]}]}, []),
        ({"dicomSeries": [SERIES]}, []),
        ({"dicomSeries": [SERIES | {"dicomFiles": [FILE | {"dicomMetadata": TAGS}]}]}, []),
        ({"images": [IMAGE], "upsertMetadata": True}, []),
        ({"timeSeries": [{"anything": 1}]}, [("encord.not_checked", "/timeSeries")]),
        ({"scenes": 7, "images": [IMAGE]}, [("encord.value_type", "/scenes")]),
        ({"images": [IMAGE | {"titel": "t"}]}, [("encord.unknown_key", "/images/0/titel")]),
        ({"images": [7]}, [("encord.value_type", "/images/0")]),
        ({"images": [{"title": "t"}]}, [("encord.missing_key", "/images/0")]),
        ({"images": [IMAGE | {"title": 7}]}, [("encord.value_type", "/images/0/title")]),
        ({"images": [IMAGE | {"externalFileType": "VIDEO"}]}, [("encord.value_type", "/images/0/externalFileType")]),
        ({"images": [IMAGE | {"placeholderItemUuid": "x"}]}, [("encord.value_type", "/images/0/placeholderItemUuid")]),
        (
            {"images": [IMAGE | {"imageMetadata": SIZES | {"fileSize": "5"}}]},
            [("encord.value_type", "/images/0/imageMetadata/fileSize")],
        ),
        (
            {"images": [IMAGE | {"imageMetadata": SIZES | {"filesize": 5}}]},
            [("encord.unknown_key", "/images/0/imageMetadata/filesize")],
        ),
        (
            {"images": [IMAGE | {"imageMetadata": SIZES | {"file_size": 5}}]},
            [("encord.duplicate_json_key", "/images/0/imageMetadata/file_size")],
        ),
        ({"images": [IMAGE | {"imageMetadata": {"width": 1}}]}, [("encord.missing_key", "/images/0/imageMetadata")]),
        ({"images": [IMAGE | {"clientMetadata": None}]}, [("encord.value_type", "/images/0/clientMetadata")]),
        (
            {"imageGroups": [GROUP | {"objectUrl_0": f"{BASE}/0.jpg"}]},
            [("encord.unknown_key", "/imageGroups/0/objectUrl_0")],
        ),
        ({"imageGroups": [{"title": "g", "createVideo": False}]}, [("encord.missing_key", "/imageGroups/0")]),
        ({"imageGroups": [GROUP | {"images": PICTURE}]}, [("encord.value_type", "/imageGroups/0/images")]),
        ({"imageGroups": [GROUP | {"images": ["u"]}]}, [("encord.value_type", "/imageGroups/0/images/0")]),
        ({"imageGroups": [GROUP | {"images": [{"title": "p"}]}]}, [("encord.missing_key", "/imageGroups/0/images/0")]),
        (
            {"imageGroups": [{"title": "g", "images": [PICTURE]}]},
            [("encord.createvideo_implicit", "/imageGroups/0")],
        ),
        ({"dicomSeries": [{"dicomFiles": [FILE]}]}, [("encord.title_missing", "/dicomSeries/0")]),
        (
            {"dicomSeries": [SERIES | {"dicomFiles": [{"url": f"{BASE}/0.dcm"}]}]},
            [("encord.title_missing", "/dicomSeries/0/dicomFiles/0")],
        ),
        ({"pdfs": [], "images": [IMAGE]}, [("encord.unknown_top_key", "/pdfs")]),
        ({"image_groups": [GROUP], "imageGroups": []}, [("encord.duplicate_json_key", "/imageGroups")]),
        (
            {"images": [IMAGE | {"object_url": "https://a/b.png"}]},
            [("encord.duplicate_json_key", "/images/0/object_url")],
        ),
    ],
)
def test_every_rule_has_its_code_and_pointer(body: Any, findings: list[tuple[str, str]], tmp_path: Path) -> None:
    assert said(tmp_path, body) == findings
    errors = [code for code, _ in findings if code not in {"encord.createvideo_implicit", "encord.not_checked"}]
    doubled = "encord.duplicate_json_key" in errors  # one spelling wins there in silence
    assert doubled or "timeSeries" in body or bool(refusals_of_items(body)) is bool(errors)


@pytest.mark.parametrize(
    ("body", "findings"),
    [
        ({}, [("manifest.empty", "")]),
        ({"imageGroups": [GROUP | {"title": None}]}, [("encord.title_missing", "/imageGroups/0/title")]),
        ({"imageGroups": [GROUP | {"title": " "}]}, [("encord.title_missing", "/imageGroups/0/title")]),
        ({"imageGroups": [GROUP | {"images": []}]}, [("encord.value_type", "/imageGroups/0/images")]),
        (
            {"imageGroups": [GROUP | {"images": [{"url": "s3://a/b.png"}]}]},
            [("manifest.url_form", "/imageGroups/0/images/0/url")],
        ),
        (
            {"imageGroups": [GROUP | {"images": [{"url": f"{BASE}/a.mp4"}]}]},
            [("manifest.wrong_type", "/imageGroups/0/images/0/url")],
        ),
        (
            {"imageGroups": [GROUP | {"createVideo": True, "images": [{"url": f"{BASE}/a.tif"}]}]},
            [("encord.safari_only", "/imageGroups/0/images/0/url"), ("encord.safari_only", "")],
        ),
        (
            {"imageGroups": [GROUP | {"images": [PICTURE, PICTURE]}]},
            [("manifest.duplicate_url", "/imageGroups/0/images/1/url")],
        ),
        (
            {"dicomSeries": [SERIES | {"dicomFiles": [FILE | {"dicomMetadata": {"tags": {}}}]}]},
            [("encord.dicom_tags_missing", "/dicomSeries/0/dicomFiles/0/dicomMetadata/tags")],
        ),
        (
            {"images": [IMAGE | {"clientMetadata": {"$x": 1}}]},
            [("encord.metadata_key_reserved", "/images/0/clientMetadata/$x")],
        ),
        (
            {"images": [IMAGE], "skipDuplicateUrls": False, "upsert_metadata": True},
            [("encord.skip_duplicates_absent", "/skipDuplicateUrls"), ("encord.upsert_no_effect", "/upsert_metadata")],
        ),
    ],
)
def test_what_the_sdk_cannot_see_is_said_too(body: Any, findings: list[tuple[str, str]], tmp_path: Path) -> None:
    assert refusals_of_items(body) == []
    assert said(tmp_path, body) == findings


def test_strict_access_wants_metadata_of_every_object_of_a_group(tmp_path: Path) -> None:
    body = {
        "imageGroups": [GROUP | {"images": [PICTURE | {"imageMetadata": SIZES}, {"url": f"{BASE}/1.jpg"}]}],
        "dicomSeries": [SERIES],
        "text": [{"objectUrl": f"{BASE}/a.txt"}],
    }
    assert said(tmp_path, body, client_only=True) == [
        ("encord.client_only_incomplete", "/imageGroups/0/images/1"),
        ("encord.client_only_incomplete", "/dicomSeries/0/dicomFiles/0"),
    ]


def test_numbered_urls_get_the_hint_of_the_other_dialect(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"imageGroups": [GROUP | {"objectUrl_0": "https://a/b.png"}]}))
    hints = {f.pointer: f.hint for f in Encord().check([path])}
    assert hints["/imageGroups/0/objectUrl_0"] == "Write images or dicomFiles."


def test_placeholders_pass_where_any_is_asked_for(tmp_path: Path) -> None:
    body = {"imageGroups": [GROUP | {"images": [{"url": "path/to/a.jpg"}]}]}
    assert said(tmp_path, body, urls="any") == []
    body = {"imageGroups": [GROUP | {"images": [{"url": " "}]}]}
    assert ("manifest.url_form", "/imageGroups/0/images/0/url") in said(tmp_path, body, urls="any")
