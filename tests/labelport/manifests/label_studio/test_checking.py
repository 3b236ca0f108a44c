"""What is said of files: ours, hand-written ones, and such as no server takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.checking import platforms
from labelport.manifests.label_studio import LabelStudio, LabelStudioOptions
from labelport.manifests.label_studio.checking import looks_like_label_studio
from labelport.testing.manifest import emit_to, files_of
from tests.labelport.manifests.encord.prefixes import everything
from tests.labelport.manifests.pointers import leads_somewhere


def said(tmp_path: Path, body: bytes | Any, **options: Any) -> list[tuple[str, str]]:
    """Check one file; return code and pointer of each finding."""
    path = tmp_path / "tasks.json"
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    found = LabelStudio().check([path], LabelStudioOptions(**options))
    return [(f.code, f.pointer) for f in found]


@pytest.mark.parametrize(
    "task",
    [
        {"data": {"image": "s3://b/k.png"}},
        {"data": {"series": "x", "image": ["https://a.example/1.png", "gs://b/2.png"]}},
        {"id": 7, "annotations": [], "predictions": [], "meta": {}, "data": {"video": "azure-blob://c/v.mp4"}},
        {"data": {"audio": "/data/upload/1/r.wav"}},
        {"data": {"text": "the words themselves"}},
        {"data": {"slide": "s3://b/k.png"}},
        {"data": {"pages": ["s3://b/k.png"], "score": 0.5}},
    ],
)
def test_tasks_that_the_server_takes_are_accepted(task: Any, tmp_path: Path) -> None:
    assert said(tmp_path, [task]) == []


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ([{"data": {"image": 5}}], "manifest.value_type", "/0/data/image"),
        ([{"data": {"image": ["s3://b/k", 5]}}], "manifest.value_type", "/0/data/image/1"),
        ([{"data": {"image": []}}], "manifest.value_type", "/0/data/image"),
        ([{"data": {"video": ["s3://b/k"]}}], "manifest.value_type", "/0/data/video"),
        ([{"data": {"image": "http://a/k.png"}}], "manifest.url_form", "/0/data/image"),
        ([{"data": {"image": "k.png"}}], "manifest.url_form", "/0/data/image"),
        ([{"data": {"image": "s3://bucket"}}], "manifest.url_form", "/0/data/image"),
        ([{"data": {"image": "s3://b/a?b.png"}}], "manifest.url_form", "/0/data/image"),
        ([{"data": {"image": "https://a/k?X-Amz-Signature=1"}}], "manifest.url_signed", "/0/data/image"),
        ([{"data": {"image": "https://a/k k"}}], "manifest.url_whitespace", "/0/data/image"),
        ([{"data": {"image": "s3://b/k"}}] * 2, "manifest.duplicate_url", "/1/data/image"),
        ([{"data": "s3://b/k"}], "manifest.value_type", "/0/data"),
        ([{"data": {"n": 1}}], "label_studio.no_object", "/0/data"),
        ([{"image": "s3://b/k"}], "label_studio.bare_task", "/0"),
        ([{}], "manifest.missing_key", "/0"),
        (["s3://b/k"], "manifest.value_type", "/0"),
        ([{"annotations": {}, "data": {"image": "s3://b/k"}}], "manifest.value_type", "/0/annotations"),
        ([], "manifest.empty", ""),
        ({"data": {}}, "manifest.unreadable", "1:1"),
        (b'[{"data":{"image":"s3://b/k","image":"s3://b/l"}}]', "manifest.duplicate_json_key", "/0/data/image"),
        (b'[{"data":{"image":"s3://b/k","n":NaN}}]', "manifest.unreadable", "/0/data/n"),
        (b'\xef\xbb\xbf[{"data":{"image":"s3://b/k"}}]', "manifest.unreadable", ""),
        (b'[{"data":{"image":"\xff"}}]', "manifest.unreadable", ""),
        (b'[\n{"data":{"image":"s3://b/k"}},]', "manifest.unreadable", "2:31"),
        (b'[{"data":{"image":"s3://b/k"}}] x', "manifest.unreadable", "1:33"),
        (b"[" * 100_000, "manifest.unreadable", "1:2"),
        (b"", "manifest.unreadable", "1:1"),
    ],
)
def test_each_fault_is_said_with_its_place_and_nothing_else(body: Any, code: str, pointer: str, tmp_path: Path) -> None:
    assert said(tmp_path, body) == [(code, pointer)]


def test_doubles_are_found_over_all_chunks_of_one_manifest_and_not_of_two(tmp_path: Path) -> None:
    task = b'[{"data":{"image":"s3://b/k"}}]'
    for name in ("a.0001.json", "a.0002.json", "b.0001.json"):
        (tmp_path / name).write_bytes(task)
    found = LabelStudio().check(sorted(tmp_path.iterdir()))
    assert [(Path(f.file).name, f.code) for f in found] == [("a.0002.json", "manifest.duplicate_url")]


def test_a_file_over_the_limits_of_the_vendor_is_said(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    lines = (f'{{"data":{{"image":"s3://b/{n}"}}}}' for n in range(250_001))
    path.write_text("[" + ",\n".join(lines) + "]")
    (found,) = LabelStudio().check([path])
    assert (found.code, found.message) == (
        "label_studio.file_over_limit",
        "it has 250,001 entries; 250,000 are the most",
    )


def test_an_index_that_is_stale_is_said(tmp_path: Path) -> None:
    emit_to(tmp_path, LabelStudio(), LabelStudioOptions(), everything())
    path = tmp_path / "label_studio.json"
    path.write_bytes(path.read_bytes().replace(b"[\n{", b"[\n {", 1))
    found = LabelStudio().check([path, tmp_path / "label_studio.index.json"])
    assert [(f.code, f.pointer) for f in found] == [("manifest.index_stale", "/chunks/0/bytes")]


def test_an_absent_file_is_a_finding(tmp_path: Path) -> None:
    (found,) = LabelStudio().check([tmp_path / "absent.json"])
    assert found.code == "manifest.unreadable"


@given(body=st.binary(max_size=200) | st.text('[]{}",:x1\\ ', max_size=60).map(str.encode))
def test_any_bytes_are_judged(body: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert said(tmp_path_factory.mktemp("any"), body)


KEYS = st.sampled_from(["data", "image", "video", "audio", "text", "series", "meta", "annotations"]) | st.text(
    max_size=3
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["s3://b/k", "https://a/b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(value=st.lists(VALUES, max_size=3))
def test_any_array_is_judged_with_pointers_that_lead_somewhere(
    value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for code, pointer in said(tmp_path_factory.mktemp("any"), value):
        assert code == "manifest.unreadable" or leads_somewhere(value, pointer)


@pytest.mark.parametrize(
    ("name", "head", "sure"),
    [
        ("x.json", b'[\n{"data":{"image":"s3://b/k', 1.0),
        ("x.json", b' [ { "id" : 1 , "data" : { "row_data": "items" } } ]', 1.0),
        ("x.json", b'[{"id":1,"annotations":[{"result":[]}]', 0.8),
        ("x.index.json", b'{"chunks":[{"file":"x.json"', 0.9),
        ("x.json", b'[{"row_data":"https://a/b","global_key":"data"}', 0.0),
        ("x.json", b'[{"name":"a","series":[{"name":"a","items":["data"]}]', 0.0),
        ("x.json", b'{"images":[{"objectUrl":"https://a/b.png"}]}', 0.0),
        ("x.jsonl", b'{"source-ref":"s3://b/k"}\n', 0.0),
        ("manifest.jsonl", b'{"version":"1.1"}\n{"type":"images"}\n', 0.0),
        ("x.csv", b"external_id,content\n", 0.0),
        ("x.json", b'["\\"data\\":"', 0.0),
        ("x.json", b"", 0.0),
    ],
)
def test_its_files_are_told_from_all_others(name: str, head: bytes, sure: float) -> None:
    assert looks_like_label_studio(name, head) == sure


def test_no_other_platform_claims_its_tasks(tmp_path: Path) -> None:
    emit_to(tmp_path, LabelStudio(), LabelStudioOptions(), everything())
    head = files_of(tmp_path)["label_studio.json"][:4096]
    others = {name: each.detect("x.json", head) for name, each in platforms().items() if name != "label_studio"}
    assert max(others.values()) <= 0.2
