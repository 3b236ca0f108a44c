"""The user's own notes as entries get them."""

from labelport.findings import Finding
from labelport.manifests.contract import Item, Series
from labelport.manifests.user_notes import NoteTaker
from labelport.testing.manifest import Prefix
from tests.labelport.manifests.encord.prefixes import image

Pairs = list[tuple[str, str]]


def series(metadata: Pairs, *items: tuple[Pairs, bool]) -> Series:
    prefix = Prefix()
    identity = prefix.add("x", [], kind="frames", metadata=metadata)
    for index, (notes, label_this) in enumerate(items):
        prefix.add_item(identity, index, image(f"{index}.png"), notes=notes, label_this=label_this)
    media = {row["key"]: row for row in prefix.media}
    return Series(prefix.series[0], tuple(Item(row, media[row["key"]]) for row in prefix.items))


def codes(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(f.code, f.pointer, f.count) for f in findings]


def test_notes_of_an_item_win_over_those_of_its_series_and_other_values_are_no_notes() -> None:
    one = series(
        [("client_metadata:age", "54"), ("notes:reader", "all"), ("notes:site", "north"), ("of the rule", "1")],
        ([("notes:site", "south")], True),
        ([], True),
    )
    taker = NoteTaker(frozenset())
    notes = taker.notes(one, one.items)
    assert notes.of_item(0) == {"reader": "all", "site": "south"}
    assert notes.of_item(1) == {"reader": "all", "site": "north"}
    assert notes.columns_of_items() == ["site"]
    assert taker.columns == {"reader", "site"}
    assert taker.findings("m") == []


def test_which_items_to_label_is_a_note_only_where_not_all_are() -> None:
    mixed = series([], ([], True), ([], False))
    assert NoteTaker(frozenset()).notes(mixed, mixed.items).of_items == (
        {"label_this": "true"},
        {"label_this": "false"},
    )
    whole = series([], ([], True))
    assert NoteTaker(frozenset()).notes(whole, whole.items).of_items == ({},)


def test_a_column_of_a_reserved_name_is_left_out_and_counted() -> None:
    one = series([("notes:image", "a")], ([("notes:image", "b"), ("notes:label_this", "c")], True))
    taker = NoteTaker(frozenset({"image"}))
    assert taker.notes(one, one.items).of_item(0) == {}
    assert codes(taker.findings("m")) == [
        ("manifest.note_name_taken", "column=image", 2),
        ("manifest.note_name_taken", "column=label_this", 1),
    ]


def test_texts_and_names_that_look_like_a_person_are_counted_and_never_shown() -> None:
    taker = NoteTaker(frozenset())
    for pair in (("notes:reader", "doe^jane"), ("notes:patient", "7"), ("notes:site", "north")):
        one = series([pair], ([], True))
        taker.notes(one, one.items)
    (found,) = taker.findings("m")
    assert (found.code, found.pointer, found.count) == ("manifest.phi_suspect", "notes", 2)
    assert "doe" not in found.message + (found.value or "")


def test_notes_that_an_entry_cannot_hold_are_a_loss() -> None:
    one = series([], ([("notes:view", "AP")], True))
    taker = NoteTaker(frozenset())
    taker.lose(one, "view")
    (found,) = taker.findings("m")
    assert (found.severity, found.value) == ("loss", f"view of {one.row['series_id']}")
