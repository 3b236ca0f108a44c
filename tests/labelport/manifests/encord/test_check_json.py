"""Every rule of a JSON file, with its JSON pointer."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.findings import Finding, findings_table
from labelport.manifests.encord import Encord, EncordOptions
from labelport.manifests.encord.metadata_rules import DICOM_TAGS

BASE = "https://acme-media.s3.eu-west-2.amazonaws.com"
IMAGE = {"objectUrl": f"{BASE}/a.png"}
GROUP = {"title": "g", "createVideo": False, "objectUrl_0": f"{BASE}/0.jpg"}
SERIES = {"title": "s", "objectUrl_0": f"{BASE}/0.dcm"}
VIDEO = {"fps": 25.0, "duration": 1, "width": 1, "height": 1, "file_size": 1, "mime_type": "video/mp4"}


def check(folder: Path, body: Any, **options: Any) -> list[Finding]:
    path = folder / "x.json"
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return Encord().check([path], EncordOptions(**options))


def said(folder: Path, body: Any, **options: Any) -> list[tuple[str, str]]:
    """Return code and pointer of what is said beside that skip_duplicate_urls is absent."""
    found = check(folder, body, **options)
    return [(f.code, f.pointer) for f in found if f.code != "encord.skip_duplicates_absent"]


@pytest.mark.parametrize(
    ("body", "findings"),
    [
        ({"images": [IMAGE]}, []),
        ({"images": []}, [("manifest.empty", "")]),
        ({"images": {}}, [("encord.value_type", "/images"), ("manifest.empty", "")]),
        ({"images": [7]}, [("encord.value_type", "/images/0")]),
        ({"images": [IMAGE | {"title": 7}]}, [("encord.value_type", "/images/0/title")]),
        ({"images": [IMAGE | {"title": "t" * 301}]}, [("encord.title_too_long", "/images/0/title")]),
        ({"images": [{"objectUrl": None}]}, [("encord.value_type", "/images/0/objectUrl")]),
        ({"images": [{"objectUrl": "s3://a/b.png"}]}, [("manifest.url_form", "/images/0/objectUrl")]),
        ({"images": [{"objectUrl": f"{BASE}/a.dcm"}]}, [("manifest.wrong_type", "/images/0/objectUrl")]),
        ({"images": [{"objectUrl": f"{BASE}/a.gif"}]}, [("encord.extension_unlisted", "/images/0/objectUrl")]),
        ({"images": [{"objectUrl": f"{BASE}/a"}]}, [("encord.extension_unlisted", "/images/0/objectUrl")]),
        ({"images": [{"objectUrl": f"{BASE}/a.TIF"}]}, [("encord.safari_only", "")]),
        ({"audio": [{"objectUrl": f"{BASE}/a.mp4"}]}, []),
        ({"videos": [{"objectUrl": f"{BASE}/a.mp4"}]}, []),
        ({"videos": [{"objectUrl": f"{BASE}/a.mov"}]}, [("encord.safari_only", "")]),
        ({"videos": [{"objectUrl": f"{BASE}/a.mp3"}]}, [("manifest.wrong_type", "/videos/0/objectUrl")]),
        ({"images": [IMAGE, IMAGE]}, [("manifest.duplicate_url", "/images/1/objectUrl")]),
        (
            {"images": [IMAGE | {"title": "t"}, {"objectUrl": f"{BASE}/b.png", "title": "t"}]},
            [("manifest.duplicate_title", "/images/1/title")],
        ),
        ({"images": [IMAGE | {"objecturl": "x"}]}, [("encord.unknown_key", "/images/0/objecturl")]),
        ({"images": [IMAGE | {"a/b~": 1}]}, [("encord.unknown_key", "/images/0/a~1b~0")]),
        ({"images": [IMAGE | {"imageMetadata": []}]}, [("encord.value_type", "/images/0/imageMetadata")]),
        ({"images": [IMAGE | {"clientMetadata": 3}]}, [("encord.value_type", "/images/0/clientMetadata")]),
        (
            {"images": [IMAGE | {"clientMetadata": {"a/b": 1}}]},
            [("encord.metadata_key", "/images/0/clientMetadata/a~1b")],
        ),
        (
            {"images": [IMAGE | {"clientMetadata": {"$encord": {}}}]},
            [("encord.unconfirmed_key", "/images/0/clientMetadata/$encord")],
        ),
        ({"images": [IMAGE | {"clientMetadata": {"keyframes": [0, 7]}}]}, []),
        (
            {"images": [IMAGE | {"clientMetadata": {"keyframes": [-1]}}]},
            [("encord.value_type", "/images/0/clientMetadata/keyframes")],
        ),
        ({"image_groups": [GROUP | {"objectUrl_1": f"{BASE}/1.jpg"}]}, []),
        (
            {"image_groups": [{"title": "g", "createVideo": False, "objectUrl_1": f"{BASE}/1.jpg"}]},
            [("encord.group_index_gap", "/image_groups/0/objectUrl_1")],
        ),
        (
            {"image_groups": [GROUP | {"objectUrl_01": f"{BASE}/1.jpg"}]},
            [("encord.group_index_gap", "/image_groups/0/objectUrl_01")],
        ),
        (
            {"image_groups": [GROUP | {"objectUrl_2": f"{BASE}/2.jpg", "objectUrl_5": f"{BASE}/5.jpg"}]},
            [
                ("encord.group_index_gap", "/image_groups/0/objectUrl_2"),
                ("encord.group_index_gap", "/image_groups/0/objectUrl_5"),
            ],
        ),
        ({"image_groups": [GROUP | {"objectUrl_x": "y"}]}, [("encord.unknown_key", "/image_groups/0/objectUrl_x")]),
        ({"image_groups": [{"title": "g", "createVideo": False}]}, [("encord.missing_key", "/image_groups/0")]),
        ({"image_groups": [GROUP | {"title": " "}]}, [("encord.title_missing", "/image_groups/0/title")]),
        ({"image_groups": [GROUP | {"createVideo": "no"}]}, [("encord.value_type", "/image_groups/0/createVideo")]),
        (
            {"image_groups": [{"title": "g", "objectUrl_0": f"{BASE}/0.jpg"}]},
            [("encord.createvideo_implicit", "/image_groups/0")],
        ),
        (
            {"image_groups": [GROUP | {"createVideo": True, "objectUrl_0": f"{BASE}/0.tiff"}]},
            [("encord.safari_only", "/image_groups/0/objectUrl_0"), ("encord.safari_only", "")],
        ),
        ({"dicom_series": [SERIES]}, [("encord.dicom_shape", "/dicom_series")]),
        (
            {"dicom_series": [SERIES | {"dicomFiles": []}]},
            [("encord.sdk_dialect", "/dicom_series/0/dicomFiles"), ("encord.dicom_shape", "/dicom_series")],
        ),
        (
            {"dicom_series": [SERIES | {"dicomMetadata": {"tags": dict.fromkeys(DICOM_TAGS)}}]},
            [("encord.dicom_shape", "/dicom_series")],
        ),
        (
            {
                "dicom_series": [
                    SERIES | {"dicomMetadata": {"tags": dict.fromkeys(DICOM_TAGS) | {"00100020": {"vr": "LO"}}}}
                ]
            },
            [
                ("manifest.phi_suspect", "/dicom_series/0/dicomMetadata/tags/00100020"),
                ("encord.dicom_shape", "/dicom_series"),
            ],
        ),
        (
            {"dicom_series": [SERIES | {"dicomMetadata": {}}]},
            [("encord.missing_key", "/dicom_series/0/dicomMetadata"), ("encord.dicom_shape", "/dicom_series")],
        ),
        ({"pdfs": [{"objectUrl": f"{BASE}/a.pdf"}]}, [("encord.unconfirmed_key", "/pdfs")]),
        ({"text": [{"objectUrl": f"{BASE}/a.txt"}]}, [("encord.text_key", "/text")]),
        ({"images": [IMAGE], "skip_duplicate_urls": "yes"}, [("encord.value_type", "/skip_duplicate_urls")]),
        ({"images": [IMAGE], "skip_duplicates_urls": True}, [("encord.unknown_top_key", "/skip_duplicates_urls")]),
    ],
)
def test_every_rule_has_its_code_and_pointer(body: Any, findings: list[tuple[str, str]], tmp_path: Path) -> None:
    assert said(tmp_path, body) == findings


@pytest.mark.parametrize(
    ("change", "findings"),
    [
        ({}, []),
        ({"fps": 25}, []),
        ({"width": 1.0}, [("encord.value_type", "/width")]),
        ({"width": True}, [("encord.value_type", "/width")]),
        ({"width": 0}, [("encord.value_type", "/width")]),
        ({"fps": -1}, [("encord.value_type", "/fps")]),
        ({"fps": None}, [("encord.value_type", "/fps")]),
        ({"mime_type": 5}, [("encord.value_type", "/mime_type")]),
        ({"fileSize": 1}, [("encord.unknown_key", "/fileSize")]),
    ],
)
def test_members_of_media_metadata_are_of_their_json_types(
    change: dict[str, Any], findings: list[tuple[str, str]], tmp_path: Path
) -> None:
    entry = {"objectUrl": f"{BASE}/a.mp4", "videoMetadata": VIDEO | change}
    wanted = [(code, f"/videos/0/videoMetadata{pointer}") for code, pointer in findings]
    assert said(tmp_path, {"videos": [entry]}) == wanted


@pytest.mark.parametrize("spelling", ["audioMetadata", "audiometadata"])
def test_both_spellings_of_the_page_are_read(spelling: str, tmp_path: Path) -> None:
    entry = {"objectUrl": f"{BASE}/a.wav", spelling: {"duration": 1}}
    assert said(tmp_path, {"audio": [entry]}) == [("encord.missing_key", f"/audio/0/{spelling}")]


def test_hints_say_what_was_meant(tmp_path: Path) -> None:
    body = {"images": [IMAGE | {"objectURL": 1, "image_metadata": 1}], "image_group": [], "dicomSeries": []}
    hints = {f.pointer: f.hint for f in check(tmp_path, body, dialect="file")}
    assert hints["/images/0/objectURL"] == "Did you mean objectUrl?"
    assert hints["/images/0/image_metadata"] == "Did you mean imageMetadata?"
    assert hints["/image_group"] == "Did you mean image_groups?"
    assert "SDK" in hints["/dicomSeries"]


def test_all_errors_of_a_file_are_collected_not_the_first(tmp_path: Path) -> None:
    bad = {"objectURL": "x"}
    body = {"images": [bad, IMAGE, bad], "videos": [bad], "image_groups": [GROUP | {"title": 3}]}
    assert len([f for f in check(tmp_path, body) if f.severity == "error"]) == 7


def test_doubled_keys_are_found_at_any_depth(tmp_path: Path) -> None:
    body = (
        b'{"images":[{"objectUrl":"%s/a.png","clientMetadata":{"a":{"b":1,"b":2}}}],"skip_duplicate_urls":true,"images":[]}'
        % BASE.encode()
    )
    assert said(tmp_path, body) == [
        ("encord.duplicate_json_key", "/images/0/clientMetadata/a/b"),
        ("encord.duplicate_json_key", "/images"),
    ]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_nobody_else_reads_are_refused_in_place(number: str, tmp_path: Path) -> None:
    body = f'{{"images":[{{"objectUrl":"{BASE}/a.png","clientMetadata":{{"a":[1,{number}]}}}}]}}'.encode()
    assert said(tmp_path, body) == [("manifest.unreadable", "/images/0/clientMetadata/a/1")]


def test_what_is_no_json_is_told_with_line_and_column_after_what_was_read(tmp_path: Path) -> None:
    body = b'{"images": [\n {"objectURL": 1},\n oops\n]}'
    assert said(tmp_path, body) == [
        ("encord.missing_key", "/images/0"),
        ("encord.unknown_key", "/images/0/objectURL"),
        ("manifest.unreadable", "3:2"),
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff\xfe{\x00}\x00", b"{}{}", b"null"])
def test_files_that_are_no_json_object_are_one_error(body: bytes, tmp_path: Path) -> None:
    assert [code for code, _ in said(tmp_path, body)] == ["manifest.unreadable"]


def test_skip_duplicate_urls_is_missed_where_it_is_absent_or_false(tmp_path: Path) -> None:
    pointers = [
        [f.pointer for f in check(tmp_path, {"images": [IMAGE]} | flags)]
        for flags in ({}, {"skip_duplicate_urls": False}, {"skip_duplicate_urls": True})
    ]
    assert pointers == [[""], ["/skip_duplicate_urls"], []]


def test_client_only_wants_metadata_of_every_picture_film_and_sound(tmp_path: Path) -> None:
    body = {"images": [IMAGE], "text": [{"objectUrl": f"{BASE}/a.txt"}], "image_groups": [GROUP]}
    found = said(tmp_path, body, client_only=True)
    assert [pointer for code, pointer in found if code == "encord.client_only_incomplete"] == [
        "/images/0",
        "/image_groups/0",
    ]


def test_limits_of_the_manifest_warn_and_those_of_the_vendor_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelport.manifests.encord import check_json

    monkeypatch.setattr(check_json, "VENDOR_ENTRIES", 3)
    body = {"images": [{"objectUrl": f"{BASE}/{n}.png"} for n in range(4)], "skip_duplicate_urls": True}
    assert [f.severity for f in check(tmp_path, body, max_entries=4)] == []
    assert [f.severity for f in check(tmp_path, body, max_entries=3)] == ["error"]
    monkeypatch.setattr(check_json, "VENDOR_ENTRIES", 500_000)
    assert [f.severity for f in check(tmp_path, body, max_entries=3, max_urls=2)] == ["warning", "warning"]


def test_a_file_beyond_reason_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from labelport.manifests.encord import check_json

    monkeypatch.setattr(check_json, "MOST_READ", 100)
    found = check(tmp_path, {"images": [{}] * 1000})
    assert [(f.code, f.pointer) for f in found if f.code == "encord.file_over_limit"] == [
        ("encord.file_over_limit", "/images/100")
    ]
    monkeypatch.setattr(check_json, "MOST_FILE_BYTES", 100)
    assert [f.code for f in check(tmp_path, {"images": [{}] * 1000})] == ["encord.file_over_limit"]


def test_a_thousand_faults_of_a_kind_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    found = check(tmp_path, {"images": [{"x": 1}] * 2500, "skip_duplicate_urls": True})
    assert len(found) == 2002
    assert sum(f.count for f in found) == 5000


def test_names_of_the_file_are_shown_cut_and_without_control_characters(tmp_path: Path) -> None:
    found = check(tmp_path, {"images": [IMAGE | {"x\n\x1b[31m" + "y" * 100_000: 1}], "skip_duplicate_urls": True})
    (error,) = [f for f in found if f.severity == "error"]
    assert "\x1b" not in error.pointer + error.message
    assert "\n" not in error.pointer + error.message
    assert len(error.pointer + error.message) < 1000


def test_halves_of_characters_are_shown_escaped_and_tables_can_hold_them(tmp_path: Path) -> None:
    body = b'{"images":[{"\\ud800":1,"objectUrl":"https://a/\\udc00.png","title":"\\ud800","clientMetadata":{"\\ud83d":1}}]}'
    found = check(tmp_path, body)
    assert {"encord.unknown_key", "encord.metadata_key"} <= {f.code for f in found}
    assert findings_table(found).num_rows == len(found)


def test_no_finding_holds_a_url_or_a_value_of_the_file(tmp_path: Path) -> None:
    secret = "hunter2"
    entry = {
        "objectUrl": f"https://{secret}:x@a.example/a.png?sig={secret}",
        "title": secret * 60,
        "clientMetadata": {"keyframes": secret},
        "imageMetadata": {"width": secret},
    }
    found = check(tmp_path, {"images": [entry, entry]})
    assert len(found) > 5
    assert not any(secret in f"{f.pointer}{f.message}{f.hint}{f.value}" for f in found)


def test_doubles_are_found_over_all_chunks_of_a_manifest_and_not_over_manifests(tmp_path: Path) -> None:
    body = json.dumps({"images": [IMAGE], "skip_duplicate_urls": True})
    paths = [tmp_path / name for name in ("a.0001.json", "a.0002.json", "b.json")]
    for path in paths:
        path.write_text(body)
    assert [Path(f.file).name for f in Encord().check(paths)] == ["a.0002.json"]


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert [f.code for f in Encord().check([tmp_path / "gone.json"])] == ["manifest.unreadable"]


def test_the_plan_of_groups_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "x.groups.json"
    path.write_text('{"a": ["https://a/b.wav", 3, "s3://a/b"], "a": [], "c": 1}')
    assert [(f.code, f.pointer) for f in Encord().check([path])] == [
        ("encord.value_type", "/a/1"),
        ("manifest.url_form", "/a/2"),
        ("encord.duplicate_json_key", "/a"),
        ("encord.value_type", "/c"),
    ]
    path.write_text('{"a": ["https://a/b.wav"')
    assert [f.code for f in Encord().check([path])] == ["manifest.unreadable"]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
NAMES = st.sampled_from(
    ["objectUrl", "objectUrl_0", "objectUrl_7", "title", "createVideo", "clientMetadata", "imageMetadata", "tags", "$x"]
)
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4)
)


@given(
    body=st.dictionaries(
        st.sampled_from(["images", "videos", "image_groups", "dicom_series", "pdfs", "upsert_metadata", "x"]), JUNK
    )
)
def test_junk_of_any_shape_is_judged_and_never_raises(
    body: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    for found in check(folder, body):
        assert found.message
        assert found.pointer == "" or found.pointer.startswith(("/", "1:"))
