from typing import Any

import pytest

from labelport.manifests.contract import Item, Series
from labelport.manifests.encord import EncordOptions
from labelport.manifests.encord.client_metadata import ClientMetadata, client_metadata
from labelport.manifests.encord.metadata_keys import key_fault


def values(
    *notes: list[tuple[str, str]],
    metadata: list[tuple[str, str]] | None = None,
    attributes: list[tuple[str, str]] | None = None,
    label_this: tuple[bool, ...] = (),
    samples: bool = False,
    **options: Any,
) -> ClientMetadata:
    """Return the metadata of an entry of one item for each list of notes."""
    row = {"series_id": "s", "metadata": metadata, "attributes": attributes}
    chosen = label_this or (True,) * len(notes)
    items = tuple(Item({"notes": each, "label_this": label}, {}) for each, label in zip(notes, chosen, strict=True))
    return client_metadata(Series(row, items), items, EncordOptions(**options), dataset="d", samples=samples)


def test_dataset_and_series_are_always_there_and_nothing_else_by_itself() -> None:
    found = values([], attributes=[("modality", "CT")])
    assert found.all() == {"labelport.dataset": "d", "labelport.series": "s"}


def test_named_attributes_come_and_absent_ones_do_not() -> None:
    found = values([], attributes=[("modality", "CT"), ("model", "X")], client_metadata=["modality", "body_part"])
    assert found.given == {"modality": "CT"}


def test_the_users_own_values_keep_their_types_and_the_items_win() -> None:
    found = values(
        [("client_metadata:age", "54"), ("embedding:clip", "[0.5,0.25]"), ("notes:site", "north")],
        metadata=[("client_metadata:age", '"old"'), ("client_metadata:ok", "true")],
    )
    assert found.given == {"age": 54, "ok": True, "clip": [0.5, 0.25]}


def test_a_group_has_the_values_of_its_series_only_and_says_what_is_lost() -> None:
    found = values([("client_metadata:age", "54")], [("keyframes:kf", "[3]")], metadata=[("client_metadata:a", "1")])
    assert found.given == {"a": 1}
    assert found.lost == ("age", "kf")


def test_key_frames_come_under_the_reserved_word_unless_switched_off() -> None:
    assert values([("keyframes:kf", "[13,17]")]).given == {"keyframes": [13, 17]}
    assert values([("keyframes:kf", "[13,17]")], keyframes="none").given == {}


def test_the_unconfirmed_block_is_for_what_is_sampled_only() -> None:
    options: dict[str, Any] = {"unconfirmed": True, "sampling_rate": 0, "keyframe_mode": "frame"}
    assert values([], samples=True, **options).given == {
        "$encord": {"config": {"sampling_rate": 0, "keyframe_mode": "frame"}}
    }
    assert values([], **options).given == {}
    assert values([], samples=True, unconfirmed=True, sampling_rate=0.5).given["$encord"]["config"] == {
        "sampling_rate": 0.5
    }


def test_which_images_to_label_is_said_where_not_all_are() -> None:
    assert values([], [], [], label_this=(False, True, True)).given == {"labelport.label_this": [1, 2]}
    assert values([], label_this=(False,)).given == {"labelport.label_this": []}
    assert values([], [], label_this=(True, True)).given == {}


def test_reserved_names_are_left_out_and_odd_ones_told() -> None:
    found = values([], metadata=[(f"client_metadata:{name}", "1") for name in ("$x", "keyframes", "a/b", "ok", "")])
    assert found.given == {"a/b": 1, "ok": 1, "": 1}
    assert found.refused == ("$x", "keyframes")
    assert set(found.odd) == {"a/b", ""}


def test_values_nested_beyond_reason_are_left_out() -> None:
    nested = [(f"client_metadata:d{depth}", "[" * depth + "1" + "]" * depth) for depth in (1, 32, 33, 900)]
    found = values([], metadata=[*nested, ("client_metadata:list", "[" + "1," * 5000 + "1]")])
    assert set(found.given) == {"d1", "d32", "list"}
    assert set(found.deep) == {"d33", "d900"}


def test_names_and_texts_that_look_like_a_person_are_seen() -> None:
    assert values([("client_metadata:who", '"doe^jane"')]).may_identify()
    assert values([("client_metadata:born 1970-01-02", "1")]).may_identify()
    assert not values([("client_metadata:age", "54")]).may_identify()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("site", None),
        ("team.site-1_a b", None),
        ("größe", None),
        ("a/b", "schema"),
        ("a:b", "schema"),
        ("", "schema"),
        ("._- ", "schema"),
        ("$encord", "reserved"),
        ("$", "reserved"),
        ("keyframes", "reserved"),
        ("key.frames", "schema"),
        ("Keyframes", None),
    ],
)
def test_names_are_judged_by_the_rule_of_encords_schema(name: str, fault: str | None) -> None:
    assert key_fault(name) == fault


class NothingDeclared:
    """An organisation at Encord that has declared no name yet."""

    def get(self, *_: Any, **__: Any) -> None:
        return None


@pytest.mark.parametrize(
    "name", ["site", "team.site-1_a b", "größe", "a/b", "a:b", "", "._- ", "$x", "keyframes", "key.frames", "Keyframes"]
)
def test_the_sdk_declares_the_names_that_we_take_for_good_and_no_others(name: str) -> None:
    from encord import metadata_schema as sdk

    schema = sdk.MetadataSchema(NothingDeclared())  # type: ignore[arg-type]  # it asks its client for what is declared, no more
    try:
        schema.add_scalar(name, data_type="varchar")
    except sdk.MetadataSchemaError:
        declared = False
    else:
        declared = True
    assert declared is (key_fault(name) is None)
