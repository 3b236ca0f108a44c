"""Groups that must be founded: what is read, and what is looked at again when one comes or goes."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from labelport.series.builder import rebuilt
from labelport.series.founding import Founders
from tests.labelport.series.made import MemoryTables, Row, built, grouper, media_row, media_tables

BESIDE = {"rule": "audio_image"}
SINGLE = {"rule": "single"}


def media(*keys: str) -> list[Row]:
    return [media_row(key, "audio" if key.endswith(".wav") else "image") for key in keys]


class Unread:
    """Tables that nobody may read."""

    def batches(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        raise AssertionError(table)

    def lookup(self, table: str, keys: pa.Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        raise AssertionError(table)


def test_without_a_founding_rule_nothing_is_read() -> None:
    found = Founders(Unread(), Unread(), grouper(SINGLE), everything=False).find()
    assert (found.founded, found.moved) == ({}, {})


def test_only_rows_that_seek_what_came_or_went_are_looked_up() -> None:
    rules = grouper(BESIDE, SINGLE)
    rows = media(*(f"{n}.png" for n in range(50)), "7.wav")
    tables = built(rows, rules)
    given = media_tables([*rows, *media("9.wav")])
    with rebuilt(given, tables, rules) as result:
        assert (result.changes.added, result.changes.changed) == (1, 0)
        assert (result.groups_built, result.groups_removed) == (1, 1)
    # 9.wav as a founder, 9.wav and 9.png for their claims; the group is built of what was read then.
    assert given.looked_up == 3


def test_a_name_goes_with_its_last_recording_only() -> None:
    rules = grouper(BESIDE, SINGLE)
    rows = [*media("a.png", "a.wav"), media_row("a.mp3", "audio")]
    tables = built(rows, rules)
    for gone, moved in ((["a.mp3"], 1), (["a.mp3", "a.wav"], 3)):
        left = [row for row in rows if row["key"] not in gone]
        found = Founders(media_tables(left), tables, rules, everything=False).find()
        names = {name: len(hashes) for name, hashes in found.moved.items()}
        # Each recording announces its stem, which both share, and its whole name.
        assert names == {"0:audio_image": moved}


def test_two_founding_rules_found_in_their_order() -> None:
    rules = grouper({**BESIDE, "where": {"key": "rec/**"}}, BESIDE)
    tables: MemoryTables = built(media("rec/a.wav", "rec/a.png", "b.wav", "b.png", "rec/b.png"), rules)
    claims = {row["key"]: row["rule"] for row in tables.rows("claims")}
    assert claims == {
        "b.png": "1:audio_image",
        "b.wav": "1:audio_image",
        "rec/a.png": "0:audio_image",
        "rec/a.wav": "0:audio_image",
        "rec/b.png": "",
    }
