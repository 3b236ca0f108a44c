"""What is said of files: ours, hand-written ones, and such as the vendor's SDK refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.checking import platforms
from labelport.manifests.labelbox import Labelbox, LabelboxOptions
from labelport.manifests.labelbox.checking import is_path_style, looks_like_labelbox
from labelport.testing.manifest import emit_to, files_of
from tests.labelport.manifests.encord.prefixes import everything
from tests.labelport.manifests.pointers import leads_somewhere

GOOD = {"row_data": "https://b.s3.eu-west-2.amazonaws.com/k.png", "global_key": "k"}


def said(tmp_path: Path, body: bytes | Any) -> list[tuple[str, str]]:
    """Check one file; return code and pointer of each finding."""
    path = tmp_path / "rows.json"
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return [(f.code, f.pointer) for f in Labelbox().check([path])]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"media_type": "image", "external_id": "x", "dataset_id": "d", "embeddings": []},
        {"metadata_fields": [{"schema_id": "s", "value": 1.5}, {"value": "v", "name": "n"}]},
        {"attachments": [{"value": "the words", "type": "RAW_TEXT", "name": "notes"}]},
        {"row_data": {"tileLayerUrl": "https://a/{z}/{x}/{y}.png"}},
        {"row_data": "the words themselves", "media_type": "TEXT"},
    ],
)
def test_rows_that_the_vendor_takes_are_accepted(more: Any, tmp_path: Path) -> None:
    assert said(tmp_path, [{**GOOD, **more}]) == []


@pytest.mark.parametrize(
    ("row", "code", "pointer"),
    [
        ({"row_data": "s3://b/k.png"}, "manifest.url_form", "/0/row_data"),
        ({"row_data": "http://a/k.png"}, "manifest.url_form", "/0/row_data"),
        ({"row_data": ""}, "manifest.value_type", "/0/row_data"),
        ({"row_data": 7}, "manifest.value_type", "/0/row_data"),
        ({"row_data": "https://a/k k"}, "manifest.url_whitespace", "/0/row_data"),
        ({"row_data": "https://a/k?sig=1"}, "manifest.url_signed", "/0/row_data"),
        ({"row_data": "https://s3.eu-west-2.amazonaws.com/b/k"}, "labelbox.path_style", "/0/row_data"),
        ({"global_key": 1}, "manifest.value_type", "/0/global_key"),
        ({"media_type": "PICTURE"}, "manifest.value_type", "/0/media_type"),
        ({"rowdata": 1}, "manifest.unknown_key", "/0/rowdata"),
        ({"metadata_fields": {"name": "n"}}, "manifest.value_type", "/0/metadata_fields"),
        ({"metadata_fields": ["n"]}, "manifest.value_type", "/0/metadata_fields/0"),
        ({"metadata_fields": [{"name": "n"}]}, "manifest.missing_key", "/0/metadata_fields/0"),
        ({"metadata_fields": [{"value": "v"}]}, "manifest.missing_key", "/0/metadata_fields/0"),
        ({"metadata_fields": [{"name": "n", "value": None}]}, "manifest.value_type", "/0/metadata_fields/0/value"),
        ({"attachments": [{"type": "IMAGE"}]}, "manifest.missing_key", "/0/attachments/0"),
        ({"attachments": [{"type": "PNG", "value": "https://a/b"}]}, "manifest.value_type", "/0/attachments/0/type"),
        ({"attachments": [{"type": "IMAGE", "value": "b.png"}]}, "manifest.url_form", "/0/attachments/0/value"),
    ],
)
def test_each_fault_of_a_row_is_said_with_its_place_and_nothing_else(
    row: Any, code: str, pointer: str, tmp_path: Path
) -> None:
    assert said(tmp_path, [{**GOOD, **row}]) == [(code, pointer)]


def test_a_row_without_url_or_key_and_doubles_are_said(tmp_path: Path) -> None:
    assert said(tmp_path, [{"global_key": "k"}]) == [("manifest.missing_key", "/0")]
    assert said(tmp_path, [{"row_data": GOOD["row_data"]}]) == [("labelbox.no_global_key", "/0")]
    other = {**GOOD, "row_data": "https://a/other"}
    assert said(tmp_path, [GOOD, other]) == [("labelbox.global_key_twice", "/1/global_key")]
    assert said(tmp_path, [GOOD, {**GOOD, "global_key": "l"}]) == [("manifest.duplicate_url", "/1/row_data")]


def test_a_misspelled_member_is_answered_with_what_may_be_meant(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{**GOOD, "globalkey": "k"}]))
    (found,) = Labelbox().check([path])
    assert found.hint == "Did you mean global_key?"


@given(body=st.binary(max_size=200) | st.text('[]{}",:x1\\ ', max_size=60).map(str.encode))
def test_any_bytes_are_judged(body: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert said(tmp_path_factory.mktemp("any"), body)


KEYS = st.sampled_from([*GOOD, "media_type", "metadata_fields", "attachments", "type", "value", "name"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["IMAGE", "https://a/b"]),
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
        ("x.json", b'[\n{"row_data":"https://', 1.0),
        ("x.json", b'[{"global_key":"k", "row_data" :"https://', 1.0),
        ("x.index.json", b'{"chunks":[{"file":"x.json"', 0.9),
        ("x.json", b'[{"data":{"row_data":"s3://b/k', 0.0),
        ("x.json", b'[{"name":"row_data","series":[{"items":["row_data"]}]', 0.0),
        ("x.json", b'{"row_data":"https://', 0.0),
        ("x.jsonl", b'{"source-ref":"s3://b/k"}\n', 0.0),
        ("x.json", b"", 0.0),
    ],
)
def test_its_files_are_told_from_all_others(name: str, head: bytes, sure: float) -> None:
    assert looks_like_labelbox(name, head) == sure


def test_no_other_platform_claims_its_rows(tmp_path: Path) -> None:
    emit_to(tmp_path, Labelbox(), LabelboxOptions(), everything())
    head = files_of(tmp_path)["labelbox.json"][:4096]
    others = {name: each.detect("x.json", head) for name, each in platforms().items() if name != "labelbox"}
    assert max(others.values()) <= 0.2


@pytest.mark.parametrize(
    ("url", "is_so"),
    [
        ("https://s3.eu-west-2.amazonaws.com/b/k", True),
        ("https://s3.amazonaws.com/b/k", True),
        ("https://s3-eu-west-1.amazonaws.com/b/k", True),
        ("https://b.s3.eu-west-2.amazonaws.com/k", False),
        ("https://media.example/s3.amazonaws.com/k", False),
    ],
)
def test_the_bucket_stands_in_the_path_or_in_the_host(url: str, is_so: bool) -> None:
    assert is_path_style(url) is is_so
