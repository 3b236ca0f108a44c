"""What is said of files: ours, hand-written ones, and such as no platform takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.checking import platforms
from labelport.manifests.redbrick import Redbrick, RedbrickOptions
from labelport.manifests.redbrick.checking import looks_like_redbrick
from labelport.testing.manifest import emit_to, files_of
from tests.labelport.manifests.encord.prefixes import everything
from tests.labelport.manifests.pointers import leads_somewhere

SERIES = {"name": "s", "items": ["a.dcm", "b.dcm"]}


def said(tmp_path: Path, body: bytes | Any) -> list[tuple[str, str]]:
    """Check one file; return code and pointer of each finding."""
    path = tmp_path / "tasks.json"
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return [(f.code, f.pointer) for f in Redbrick().check([path])]


@pytest.mark.parametrize(
    "task",
    [
        {"name": "t", "series": [SERIES]},
        {"series": [{"items": "v.mp4"}], "priority": 0.5, "name": "t", "metaData": {"site": "north"}},
        {"name": "t", "series": [{**SERIES, "metaData": {"a": "b"}, "segmentations": "s.nii", "landmarks": []}]},
        {"name": "t", "items": ["https://media.example/frame20.png"]},
        {"name": "t", "series": [SERIES], "preAssign": {"Label": "a@b.example"}, "classification": {}},
    ],
)
def test_tasks_that_the_vendor_takes_are_accepted(task: Any, tmp_path: Path) -> None:
    assert said(tmp_path, [task]) == []


@pytest.mark.parametrize(
    ("task", "code", "pointer"),
    [
        ({"series": [SERIES]}, "manifest.missing_key", "/0"),
        ({"name": " ", "series": [SERIES]}, "manifest.value_type", "/0/name"),
        ({"name": "t"}, "manifest.missing_key", "/0"),
        ({"name": "t", "series": SERIES}, "manifest.value_type", "/0/series"),
        ({"name": "t", "series": []}, "manifest.value_type", "/0/series"),
        ({"name": "t", "series": ["a.dcm"]}, "manifest.value_type", "/0/series/0"),
        ({"name": "t", "series": [{"name": "s"}]}, "manifest.missing_key", "/0/series/0"),
        ({"name": "t", "series": [{"items": []}]}, "manifest.value_type", "/0/series/0/items"),
        ({"name": "t", "series": [{"items": ["a", 5]}]}, "manifest.value_type", "/0/series/0/items/1"),
        ({"name": "t", "series": [{"items": ["s3://b/a"]}]}, "manifest.url_form", "/0/series/0/items/0"),
        ({"name": "t", "series": [{"items": ["../a"]}]}, "manifest.url_form", "/0/series/0/items/0"),
        ({"name": "t", "series": [{"items": [""]}]}, "manifest.url_form", "/0/series/0/items/0"),
        ({"name": "t", "series": [{"items": ["a", "a"]}]}, "manifest.duplicate_url", "/0/series/0/items/1"),
        ({"name": "t", "items": "https://a/b?sig=1"}, "manifest.url_signed", "/0/items"),
        ({"name": "t", "series": [SERIES], "metaData": {"a/b": 1}}, "manifest.value_type", "/0/metaData/a~1b"),
        ({"name": "t", "series": [SERIES], "metadata": {}}, "manifest.unknown_key", "/0/metadata"),
        ({"name": "t", "series": [SERIES], "priority": 2}, "manifest.value_type", "/0/priority"),
        ({"name": "t", "series": [SERIES], "priority": "high"}, "manifest.value_type", "/0/priority"),
        (
            {"name": "t", "series": [{"name": "s", "items": "a"}, {"name": "s", "items": "b"}]},
            "manifest.duplicate_title",
            "/0/series/1/name",
        ),
    ],
)
def test_each_fault_of_a_task_is_said_with_its_place_and_nothing_else(
    task: Any, code: str, pointer: str, tmp_path: Path
) -> None:
    assert said(tmp_path, [task]) == [(code, pointer)]


def test_a_name_that_stands_twice_is_an_error_over_all_chunks(tmp_path: Path) -> None:
    for number, items in enumerate(["a", "b"]):
        body = [{"name": "t", "series": [{"items": items}]}]
        (tmp_path / f"redbrick.{number:04}.json").write_text(json.dumps(body))
    (found,) = Redbrick().check(sorted(tmp_path.iterdir()))
    assert (found.code, found.severity, found.pointer) == ("manifest.duplicate_title", "error", "/0/name")


@given(body=st.binary(max_size=200) | st.text('[]{}",:x1\\ ', max_size=60).map(str.encode))
def test_any_bytes_are_judged(body: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert said(tmp_path_factory.mktemp("any"), body)


KEYS = st.sampled_from(["name", "series", "items", "metaData", "priority", "a/b"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["a.dcm", "https://a/b"]),
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
        ("x.json", b'[\n{"name":"a","series":[{"name":"a","items":["1.dcm', 1.0),
        ("x.json", b'[{"items": ["a"], "name": "t"}]', 0.8),
        ("x.index.json", b'{"chunks":[{"file":"x.json"', 0.9),
        ("x.json", b'[{"data":{"name":"a","series":[1]}}]', 0.0),
        ("x.json", b'[{"row_data":"https://a/b","metadata_fields":[{"name":"series"', 0.0),
        ("x.json", b'{"name":"a","series":[]}', 0.0),
        ("x.json", b"", 0.0),
    ],
)
def test_its_files_are_told_from_all_others(name: str, head: bytes, sure: float) -> None:
    assert looks_like_redbrick(name, head) == sure


def test_no_other_platform_claims_its_tasks(tmp_path: Path) -> None:
    emit_to(tmp_path, Redbrick(), RedbrickOptions(), everything())
    head = files_of(tmp_path)["redbrick.json"][:4096]
    others = {name: each.detect("x.json", head) for name, each in platforms().items() if name != "redbrick"}
    assert max(others.values()) <= 0.2
