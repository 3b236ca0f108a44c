"""Datature's skeleton file: read, checked and written."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.files import in_memory
from labelport.annotations.formats.datature_skeleton import DATATURE_SKELETON, differences
from labelport.annotations.said import Said
from labelport.tables import CATEGORIES, SKELETONS
from tests.labelport.annotations.formats.one_file_an_image import (
    assert_sound,
    broken,
    fixture_files,
    oracle,
    read,
    written,
)
from tests.labelport.annotations.made import a_set

HAND = """{"info": [{"description": "hands", "version": "1.0", "year": 2026, "contributor": "lab", "date_created": "2026/03/05", "url": "example.org"}],
 "licenses": [{"url": "example.org/licence", "name": "CC BY 4.0"}],
 "cameras": [{"name": "left", "parameters": {"focalLength": [1200.0, 1200.0], "principalPoint": [640.0, 360.0, 0.0], "skew": 0.0,
                                             "radialDistortion": [0.01, -0.002], "tangentialDistortion": [0.0, 0.0]}}],
 "chirality": [{"name": "mirror", "order": {"groups": [["wrist"], ["thumb", "little"]], "perform": "flip"}, "affects": ["hand"],
                "transform": {"minTranslate": [0, 0, 0], "maxTranslate": [0, 0, 0], "minRotate": [0, 0, 0], "maxRotate": [0, 0, 90],
                              "minScale": [1, 1, 1], "maxScale": [1, 1, 1], "minProjection": [0, 0, 0], "maxProjection": [0, 0, 0]}}],
 "skeletons": [{"name": "hand",
                "keypoints": [{"name": "wrist", "category": ["hand"], "kwargs": {"colour": "red"}}, {"name": "thumb", "category": ["hand", "tip"]}, {"name": "little", "category": ["hand", "tip"]}],
                "connections": [{"pair": ["wrist", "thumb"], "kwargs": {"width": 2}}, {"pair": [0, 2]}]}]}"""
"""The valid sample of the specification, whole: it holds every key."""


def hand(**members: Any) -> dict[str, str]:
    return {"hand.json": json.dumps(json.loads(HAND) | members)}


def places(bodies: dict[str, str]) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in read(DATATURE_SKELETON, bodies)[1]]


def test_the_sample_with_every_key_is_read_without_a_finding() -> None:
    found, findings = read(DATATURE_SKELETON, {"hand.json": HAND})
    row = found.skeletons.drop_columns(["extras"]).to_pylist()
    assert row == [
        {
            "skeleton_id": 0,
            "name": "hand",
            "keypoints": ["wrist", "thumb", "little"],
            "connections": [[0, 1], [0, 2]],
            "chirality": [0, 2, 1],
            "cameras": ["left"],
            "source_file": "hand.json",
        }
    ]
    assert json.loads(found.documents["hand.json"]).keys() == {"info", "licenses", "cameras", "chirality"}
    assert findings == []


def test_the_made_cases_give_what_is_expected() -> None:
    for name, (count, expected) in oracle("skeleton").items():
        body = fixture_files("made", "skeleton")[name.removeprefix("skeleton/")]
        found, findings = read(DATATURE_SKELETON, {"x.json": body})
        assert sum(len(names) for names in found.skeletons.column("keypoints").to_pylist()) == count
        assert {(each.code, each.pointer) for each in findings} == expected


def test_every_unknown_name_of_a_list_of_groups_is_named_in_one_finding() -> None:
    chirality = [{"order": {"groups": [["Head"], ["thumb", "toe"]]}}]
    (found,) = read(DATATURE_SKELETON, hand(chirality=chirality))[1]
    assert (found.pointer, found.value, found.count) == ("/chirality/0/order/groups/0/0", "Head, toe", 2)


@pytest.mark.parametrize(
    ("mark", "line"),
    [("// in pixels\n", 1), ("/* both */", 1)],
)
def test_comments_are_no_json(mark: str, line: int) -> None:
    body = HAND.replace('"licenses"', f'{mark}"licenses"')
    found, findings = read(DATATURE_SKELETON, {"hand.json": body})
    assert [(each.code, each.pointer) for each in findings] == [("json.not_json", f"{line + 1}:2")]
    assert found.skeletons.num_rows == 0


@pytest.mark.parametrize("body", [HAND[:-1] + ",\n}", HAND.replace("1200.0, 1200.0", "<fx>, <fy>"), "// a\n" + HAND])
def test_what_the_page_prints_is_no_json(body: str) -> None:
    assert [code for code, _ in places({"hand.json": body})] == ["json.not_json"]


@pytest.mark.parametrize(
    ("connections", "expected"),
    [
        ([{"pair": ["wrist", "nose"]}], [("skeleton.unknown_keypoint", "pair/1")]),
        ([{"pair": ["nose", "nose"]}], [("skeleton.unknown_keypoint", "pair/0"), ("skeleton.unknown_keypoint", "pair/1")]),
        ([{"pair": [0, 3]}], [("skeleton.index_out_of_range", "pair/1")]),
        ([{"pair": [-1, 0]}], [("skeleton.index_out_of_range", "pair/0")]),
        ([{"pair": [1, 1]}], [("skeleton.self_pair", "pair")]),
        ([{"pair": ["thumb", "thumb"]}], [("skeleton.self_pair", "pair")]),
        ([{"pair": ["wrist", 1]}], [("json.wrong_type", "pair")]),
        ([{"pair": [0, 1, 2]}], [("json.wrong_type", "pair")]),
        ([{"pair": [0, True]}], [("json.wrong_type", "pair")]),
        ([{"pair": [0, 1.0]}], [("json.wrong_type", "pair")]),
        ([{}], [("json.wrong_type", "pair")]),
    ],
)  # fmt: skip
def test_a_connection_that_leads_nowhere_is_left_out(connections: Any, expected: list[tuple[str, str]]) -> None:
    skeleton = json.loads(HAND)["skeletons"][0] | {"connections": [*connections, {"pair": [2, 0]}]}
    found, findings = read(DATATURE_SKELETON, hand(skeletons=[skeleton]))
    assert [(each.code, each.pointer) for each in findings] == [
        (code, f"/skeletons/0/connections/0/{place}") for code, place in expected
    ]
    assert found.skeletons.column("connections").to_pylist() == [[[2, 0]]]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"info": {}}, ("json.wrong_type", "/info")),
        ({"info": [5]}, ("json.wrong_type", "/info/0")),
        ({"info": [{"year": 1.5}]}, ("json.wrong_type", "/info/0/year")),
        ({"licenses": [{"url": 5}]}, ("json.wrong_type", "/licenses/0/url")),
        ({"cameras": [{}]}, ("json.wrong_type", "/cameras/0/name")),
        ({"cameras": [{"name": "a", "parameters": []}]}, ("json.wrong_type", "/cameras/0/parameters")),
        (
            {"cameras": [{"name": "a", "parameters": {"focalLength": [1]}}]},
            ("skeleton.bad_vector", "/cameras/0/parameters/focalLength"),
        ),
        (
            {"cameras": [{"name": "a", "parameters": {"principalPoint": [1, 2]}}]},
            ("skeleton.bad_vector", "/cameras/0/parameters/principalPoint"),
        ),
        (
            {"cameras": [{"name": "a", "parameters": {"skew": "0"}}]},
            ("json.wrong_type", "/cameras/0/parameters/skew"),
        ),
        ({"chirality": [{"order": {"perform": "turn"}}]}, ("json.wrong_type", "/chirality/0/order/perform")),
        ({"chirality": [{"order": {"groups": [5]}}]}, ("json.wrong_type", "/chirality/0/order/groups/0")),
        ({"chirality": [{"affects": ["foot"]}]}, ("skeleton.unknown_affected", "/chirality/0/affects/0")),
        ({"chirality": [{"affects": [1]}]}, ("skeleton.unknown_affected", "/chirality/0/affects/0")),
        ({"chirality": [{"affects": "foot"}]}, ("skeleton.unknown_affected", "/chirality/0/affects")),
        (
            {"chirality": [{"transform": {"minScale": [1, 2, 1], "maxScale": [1, 1, 1]}}]},
            ("skeleton.bad_vector", "/chirality/0/transform/minScale/1"),
        ),
        (
            {"chirality": [{"transform": {"maxRotate": [1, "2", 1]}}]},
            ("json.wrong_type", "/chirality/0/transform/maxRotate/1"),
        ),
        (
            {"chirality": [{"transform": {"maxRotate": [1, 2]}}]},
            ("skeleton.bad_vector", "/chirality/0/transform/maxRotate"),
        ),
        ({"skeletons": [{"keypoints": []}]}, ("json.wrong_type", "/skeletons/0/name")),
        ({"skeletons": [{"name": "a"}]}, ("json.wrong_type", "/skeletons/0/keypoints")),
        ({"skeletons": [{"name": "a", "keypoints": [{}]}]}, ("json.wrong_type", "/skeletons/0/keypoints/0/name")),
        (
            {"skeletons": [{"name": "a", "keypoints": [{"name": "b", "category": ["c", 5]}]}]},
            ("json.wrong_type", "/skeletons/0/keypoints/0/category/1"),
        ),
        ({"skeletons": 5}, ("skeleton.not_skeleton", "/skeletons")),
    ],
)
def test_what_is_wrong_is_said_at_its_place(members: dict[str, Any], expected: tuple[str, str]) -> None:
    alone = {"chirality": [], "cameras": []} | members
    assert places(hand(**alone)) == [expected]


def test_a_file_without_skeletons_is_refused_where_it_was_told_to_be_one() -> None:
    found, findings = read(DATATURE_SKELETON, {"a.json": "{}"}, told=True)
    assert [(each.code, each.pointer) for each in findings] == [("skeleton.not_skeleton", "")]
    assert found.skeletons.num_rows == 0


def test_a_skeleton_that_nothing_mirrors_has_no_twins() -> None:
    found, _ = read(DATATURE_SKELETON, hand(chirality=[]))
    assert found.skeletons.column("chirality").to_pylist() == [None]


def test_twins_are_those_of_groups_of_two_that_affect_the_skeleton() -> None:
    hands = [json.loads(HAND)["skeletons"][0] | {"name": name} for name in ("one", "two", "three")]
    chirality = [
        {"affects": ["one", 2], "order": {"groups": [["wrist", "little", "thumb"]]}},
        {"affects": "one", "order": {"groups": [["wrist", "little"], ["thumb", "toe"]]}},
    ]
    found, _ = read(DATATURE_SKELETON, hand(skeletons=hands, chirality=chirality))
    assert found.skeletons.column("chirality").to_pylist() == [[2, 1, 0], None, [0, 1, 2]]


def test_two_skeletons_of_one_name_are_said() -> None:
    skeleton = json.loads(HAND)["skeletons"][0]
    assert places(hand(skeletons=[skeleton, skeleton])) == [("skeleton.duplicate_name", "/skeletons/1/name")]


def test_a_hostile_file_costs_seconds_and_says_what_was_not_taken() -> None:
    skeletons = [{"name": "a", "keypoints": [{"name": str(n)}]} for n in range(2000)]
    chirality = [{"affects": ["a"], "order": {"groups": [["1", "2"]]}}] * 2000
    found, findings = read(DATATURE_SKELETON, {"a.json": json.dumps({"skeletons": skeletons, "chirality": chirality})})
    assert found.skeletons.num_rows == 2000
    assert ("format.too_large", "warning") in {(each.code, each.severity) for each in findings}


def test_coco_with_skeletons_of_its_categories_is_not_claimed() -> None:
    coco = b'{"images": [], "annotations": [], "categories": [{"skeleton": [[1, 2]]}], "skeletons": []}'
    claims = DATATURE_SKELETON.claims([in_memory("coco.json", coco)], told=False)
    assert all(claim.confidence < 0.5 for claim in claims)


def test_what_is_written_again_is_equal_member_by_member_number_text_included() -> None:
    body = HAND.replace('"info"', '"more": {"a": 1.50}, "info"').replace('"colour": "red"', '"width": 2.00')
    found, _ = read(DATATURE_SKELETON, {"hand.json": body})
    back = written(DATATURE_SKELETON, found)[0]["skeleton.json"]
    assert json.loads(back, parse_float=str, parse_int=str) == json.loads(body, parse_float=str, parse_int=str)


def test_a_broken_file_is_written_again_as_it_was() -> None:
    body = fixture_files("made", "skeleton")["bad.json"]
    found, _ = read(DATATURE_SKELETON, {"bad.json": body})
    assert json.loads(written(DATATURE_SKELETON, found)[0]["skeleton.json"]) == json.loads(body)


def test_files_of_several_sources_stay_apart_with_their_own_members() -> None:
    bodies = {"a.json": HAND, "b.json": HAND.replace('"left"', '"right"')}
    found, _ = read(DATATURE_SKELETON, bodies)
    files, _ = written(DATATURE_SKELETON, found)
    assert [json.loads(files[name])["cameras"][0]["name"] for name in ("skeleton.json", "skeleton-2.json")] == [
        "left",
        "right",
    ]


def test_a_row_that_was_changed_is_written_by_its_columns_and_keeps_the_rest() -> None:
    found, _ = read(DATATURE_SKELETON, {"hand.json": HAND})
    at = found.skeletons.schema.get_field_index("connections")
    field = found.skeletons.schema.field(at)
    changed = AnnotationSet(
        skeletons=found.skeletons.set_column(at, field, pa.array([[[1, 2]]], field.type)), documents=found.documents
    )
    (skeleton,) = json.loads(written(DATATURE_SKELETON, changed)[0]["skeleton.json"])["skeletons"]
    assert skeleton["connections"] == [{"pair": ["thumb", "little"]}]
    assert skeleton["keypoints"][0]["kwargs"] == {"colour": "red"}


def test_categories_with_keypoints_are_written_where_there_are_no_skeletons() -> None:
    categories = rows_of(
        CATEGORIES,
        2,
        name=["person", "car"],
        keypoints=[["nose", "eye", "ear"], None],
        skeleton=[[[0, 1], [1, 1], [0, 7]], None],
        source_file="coco.json",
    )
    files, _ = written(DATATURE_SKELETON, AnnotationSet(categories=categories))
    assert json.loads(files["skeleton.json"]) == {
        "skeletons": [
            {
                "name": "person",
                "keypoints": [{"name": "nose"}, {"name": "eye"}, {"name": "ear"}],
                "connections": [{"pair": ["nose", "eye"]}],
            }
        ]
    }


def test_a_set_of_boxes_gives_no_skeletons_and_says_what_is_lost() -> None:
    files, findings = written(DATATURE_SKELETON, a_set([[1, 1, 2, 2]], names=("x.jpg", "y.jpg")))
    assert json.loads(files["skeleton.json"]) == {"skeletons": []}
    assert {each.code for each in findings} >= {"loss.kind", "loss.negative_images"}


def test_a_category_of_other_keypoints_than_its_skeleton_is_said_once() -> None:
    skeletons = rows_of(
        SKELETONS, 3, name=["a", "b", "c"], keypoints=[["1", "2"], ["1", "2"], ["1"]], source_file="s.json"
    )
    categories = rows_of(
        CATEGORIES,
        4,
        name=["a", "b", "b", "c"],
        keypoints=[["2", "1"], ["1", "2"], ["1", "2", "3"], None],
        source_file="coco.json",
    )
    said = Said()
    differences(skeletons, categories, said)
    assert [(each.code, each.value) for each in said.findings()] == [
        ("skeleton.coco_differs", "a"),
        ("skeleton.coco_differs", "b"),
    ]
    assert "another order" in said.findings()[0].message
    assert "2 here, 3 there" in said.findings()[1].message


names = st.text(min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_skeleton_comes_back_from_its_columns(data: st.DataObject) -> None:
    keypoints = data.draw(st.lists(names, max_size=5))
    ends = st.integers(0, max(len(keypoints) - 1, 0))
    pairs = st.lists(ends, min_size=2, max_size=2, unique=True)
    connections = data.draw(st.lists(pairs, max_size=4)) if len(keypoints) > 1 else []
    rows = rows_of(
        SKELETONS, 1, name=[data.draw(names)], keypoints=[keypoints], connections=[connections], source_file="s.json"
    )
    files, _ = written(DATATURE_SKELETON, AnnotationSet(skeletons=rows))
    back, _ = read(DATATURE_SKELETON, files)
    columns = ["name", "keypoints", "connections"]
    assert back.skeletons.select(columns).to_pylist() == rows.select(columns).to_pylist()


@settings(max_examples=200, deadline=None)
@given(broken((HAND.encode(), b'{"skeletons": [{"name": "a", "keypoints": [{"name": "b"}], "connections": []}]}')))
def test_whatever_stands_in_a_file_gives_sound_rows_or_findings(body: bytes) -> None:
    found, findings = read(DATATURE_SKELETON, {"x.json": body}, told=True)
    assert_sound(found, findings)
    found.skeletons.validate(full=True)
    for document in found.documents.values():
        json.loads(document)
