"""What a platform has been given, row by row: states against what somebody said that it has."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.reading import TableSeries
from labelport.manifests.uploads import Delivery, confirmed, hashes_of, upload_rows, what_changed
from labelport.testing.manifest import Prefix, media_row

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
TUESDAY = datetime(2024, 1, 2, tzinfo=UTC)
Rows = dict[str, dict[str, Any]]


def delivery(batch: int | None = 1, now: datetime = MONDAY) -> Delivery:
    return Delivery("m", lambda store, key: f"{store}/{key}", ("site",), batch, now)


def uploads(before: Rows, *, batch: int | None = 1, now: datetime = MONDAY, **tokens: str) -> Rows:
    """Return the rows by the name of their series, given the token of each series' one object."""
    prefix = Prefix()
    for name, token in tokens.items():
        prefix.add(name, [media_row(f"{name}.png", token=token)])
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    ordered = iter(sorted(before.values(), key=lambda row: row["series_id"].encode()))
    rows = [row for row, _ in upload_rows(series, ordered, delivery(batch, now)) if row]
    assert [row["series_id"] for row in rows] == sorted(row["series_id"] for row in rows)
    names = {row["series_id"]: row["group_key"] for row in prefix.series}
    names |= {row["series_id"]: name for name, row in before.items()}
    return {names[row["series_id"]]: row for row in rows}


def sent(rows: Rows, now: datetime = MONDAY) -> Rows:
    return {name: confirmed(row, now) if row["state"] in {"new", "changed"} else row for name, row in rows.items()}


def states(rows: Rows) -> dict[str, str]:
    return {name: row["state"] for name, row in rows.items()}


def test_until_somebody_confirms_every_series_is_new() -> None:
    first = uploads({}, a="1", b="1")
    assert states(first) == {"a": "new", "b": "new"}
    assert states(uploads(first, a="1", b="2")) == {"a": "new", "b": "new"}


def test_the_days_of_the_specification() -> None:
    monday = sent(uploads({}, a="1", b="1", c="1"))
    tuesday = uploads(monday, batch=2, now=TUESDAY, a="1", b="2", d="1")
    assert [(name, row["batch"], row["confirmed_at"], row["state"]) for name, row in sorted(tuesday.items())] == [
        ("a", 1, MONDAY, "same"),
        ("b", 2, None, "changed"),
        ("c", 1, MONDAY, "withdrawn"),
        ("d", 2, None, "new"),
    ]
    assert tuesday["c"]["last_state"] == "same"
    wednesday = uploads(tuesday, batch=2, now=datetime(2024, 1, 3, tzinfo=UTC), a="1", b="2", d="1", e="1")
    assert {name for name, row in wednesday.items() if row["state"] in {"new", "changed"}} == {"b", "d", "e"}
    assert wednesday["b"]["written_at"] == TUESDAY


def test_a_series_that_the_platform_never_had_goes_without_a_trace() -> None:
    assert states(uploads(uploads({}, a="1", b="1"), a="1")) == {"a": "new"}


def test_a_series_that_comes_back_as_it_was_is_the_same() -> None:
    monday = sent(uploads({}, a="1", b="1"))
    gone = uploads(monday, batch=2, a="1")
    again = uploads(gone, batch=2, a="1", b="1")
    assert states(again) == {"a": "same", "b": "same"}
    assert again["b"]["batch"] == 1


def test_a_change_that_is_taken_back_before_anybody_gave_it_to_the_platform_is_no_change() -> None:
    monday = sent(uploads({}, a="1"))
    changed = uploads(monday, batch=2, a="2")
    assert states(changed) == {"a": "changed"}
    assert states(uploads(changed, batch=2, a="1")) == {"a": "same"}


def test_withdrawn_while_changed_remembers_both() -> None:
    changed = uploads(sent(uploads({}, a="1", b="1")), batch=2, a="1", b="2")
    row = uploads(changed, batch=2, a="1")["b"]
    assert (row["state"], row["last_state"], row["batch"]) == ("withdrawn", "changed", 1)
    assert uploads({"b": row}, batch=2)["b"]["last_state"] == "changed"


def test_without_batches_nothing_has_a_number() -> None:
    row = uploads({}, batch=None, a="1")["a"]
    assert (row["batch"], row["written_at"], row["state"]) == (None, None, "new")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"key": "b.png"}, "addresses"),
        ({"token": "2"}, "bytes"),
        ({"notes": [("site", "x")]}, "values"),
        ({"attributes": [("site", "north")]}, "values"),
        ({"attributes": [("other", "north")]}, None),
    ],
)
def test_it_says_what_of_a_series_is_another(change: dict[str, Any], what: str | None) -> None:
    def row(key: str = "a.png", token: str = "1", notes: Any = (), attributes: Any = ()) -> dict[str, Any]:
        prefix = Prefix()
        identity = prefix.add("a", [], items=1, attributes=list(attributes))
        prefix.add_item(identity, 0, media_row(key, token=token), notes=list(notes))
        (one,) = TableSeries(prefix.series, prefix.items, prefix.media)
        hashes = hashes_of(one, delivery())
        return {"content_hash": hashes.content, "addresses_hash": hashes.addresses, "bytes_hash": hashes.bytes}

    before, after = row(), row(**change)
    assert (before["content_hash"] != after["content_hash"]) is (what is not None)
    if what is not None:
        assert what_changed({**after, "sent": before}) == what


@given(
    days=st.lists(
        st.tuples(st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12")), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_happens_what_the_platform_lacks_is_due_and_nothing_else(
    days: list[tuple[dict[str, str], bool]],
) -> None:
    rows: Rows = {}
    platform: dict[str, str] = {}
    batch = 1
    for tokens, confirm in days:
        rows = uploads(rows, batch=batch, now=MONDAY, **tokens)
        due = {name for name, row in rows.items() if row["state"] in {"new", "changed"}}
        assert due == {name for name, token in tokens.items() if platform.get(name) != token}
        assert {name for name, row in rows.items() if row["state"] == "withdrawn"} == platform.keys() - tokens.keys()
        assert all(rows[name]["batch"] == batch for name in due)
        if confirm and due:
            rows, batch = sent(rows), batch + 1
            platform |= {name: tokens[name] for name in due}
