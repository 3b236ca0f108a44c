from datetime import UTC, datetime
from typing import Any

from labelport.manifests.reading import TableSeries
from labelport.manifests.uploads import upload_batches
from labelport.testing.manifest import Prefix, media_row

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def uploads(before: list[dict[str, Any]], **tokens: str) -> dict[str, dict[str, Any]]:
    prefix = Prefix()
    for name, token in tokens.items():
        prefix.add(name, [media_row(f"{name}.png", token=token)])
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    ordered = iter(sorted(before, key=lambda row: row["series_id"].encode()))
    batches = list(upload_batches(series, ordered, manifest="m", url=lambda store, key: f"{store}/{key}"))
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert [row["series_id"] for row in rows] == sorted(row["series_id"] for row in rows)
    names = {row["series_id"]: row["group_key"] for row in prefix.series}
    return {names.get(row["series_id"], "gone"): row for row in rows}


def confirmed(rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "confirmed_at": MONDAY, "batch": 1} for row in rows.values()]


def states(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: row["state"] for name, row in rows.items()}


def test_until_somebody_confirms_every_series_is_new() -> None:
    first = uploads([], a="1", b="1")
    assert states(first) == {"a": "new", "b": "new"}
    assert states(uploads(list(first.values()), a="1", b="2")) == {"a": "new", "b": "new"}


def test_against_confirmed_ones_a_series_is_same_changed_new_or_withdrawn() -> None:
    monday = confirmed(uploads([], a="1", b="1", c="1"))
    tuesday = uploads(monday, a="1", b="2", d="1")
    assert states(tuesday) == {"a": "same", "b": "changed", "d": "new", "gone": "withdrawn"}
    assert tuesday["a"]["batch"] == 1


def test_a_series_that_was_never_confirmed_goes_without_a_trace() -> None:
    assert states(uploads(list(uploads([], a="1", b="1").values()), a="1")) == {"a": "new"}
