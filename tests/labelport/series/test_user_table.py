"""Tables of the user's own: what spreadsheets and programs write is read, and every cell has its place."""

import csv
import datetime
import io
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.dataset import UserFile
from labelport.series import user_table, user_table_reading
from labelport.series.hashes import Hashes
from labelport.series.user_table import (
    RowsByText,
    TableUnusable,
    UserTable,
    flag_of,
    plain_value,
    text_of,
    whole_number_of,
)
from labelport.series.user_table_reading import read_user_table


def table_of(body: str | bytes, **options: Any) -> UserTable:
    return read_user_table(UserFile("t.csv", "t", body.encode() if isinstance(body, str) else body), **options)


def parquet(**columns: Any) -> bytes:
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    return body.getvalue()


def cells(table: UserTable) -> list[list[str | None]]:
    return [table.texts(name) for name in table.columns.column_names]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("key,series\na,s\n", [["a"], ["s"]]),
        ("\ufeffkey;series\r\na;s\r\n", [["a"], ["s"]]),
        ("key\tseries\na\ts", [["a"], ["s"]]),
        ('"key, or path";b\n1;2\n', [["1"], ["2"]]),
        ('key,note\na,"two\nlines; one "" mark"\n', [["a"], ['two\nlines; one " mark']]),
        ("key,series\ra,s\rb,\r", [["a", "b"], ["s", None]]),
        ("key\na\n\n\nb\n", [["a", "b"]]),
        ("key,series\n", [[], []]),
    ],
)
def test_csv_is_read_as_spreadsheets_and_programs_write_it(body: str, expected: list[list[str | None]]) -> None:
    assert cells(table_of(body)) == expected


def test_each_cell_has_its_line_and_column_line_breaks_in_cells_counted() -> None:
    table = table_of('key,note\r\na,"1\r\n2\r\n3"\r\n\r\nb,x\r\n')
    assert [table.pointer(row, column) for row in (0, 1) for column in ("key", "note")] == ["2:1", "2:2", "6:1", "6:2"]


def test_a_cell_of_parquet_has_its_row_and_the_name_of_its_column() -> None:
    assert table_of(parquet(key=["a", "b"], n=[1, 2])).pointer(1, "n") == "2:n"


def test_columns_are_found_whatever_the_case_and_blanks_around_them() -> None:
    table = table_of(" Key ,SERIES\na,s\n")
    assert (table.require("key"), table.find("series"), table.find("index")) == ("Key", "SERIES", None)
    with pytest.raises(TableUnusable, match="no column index"):
        table.require("index")
    with pytest.raises(TableUnusable, match="the column key twice"):
        table_of("key,KEY\na,b\n").find("key")


def test_lines_with_more_or_fewer_cells_are_no_rows() -> None:
    table = table_of("key,series\na\nb,s\nc,s,x\n")
    assert (cells(table), table.uneven) == ([["b"], ["s"]], (2, 4))


def test_columns_that_nobody_asks_for_are_not_kept_and_keep_their_place() -> None:
    table = table_of("note,key\nlong,a\n", columns=["KEY"])
    assert (table.texts("key"), table.columns["note"].to_pylist()) == (["a"], [None])
    assert table.pointer(0, "key") == "2:2"
    assert table_of(parquet(note=["long"], key=["a"]), columns=["key"]).columns.column_names == ["key"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "has no header"),
        (b"\n\n", "has no header"),
        (b",,\n1,2,3\n", "has no header"),
        ("key\nm\u00fcller".encode("latin-1"), "not UTF-8 .a byte 0xfc"),
        ("key\na".encode("utf-16"), "not UTF-8"),
        (b'key,b\n1,2\n1,"x\n', "no CSV from line 3 on: unexpected end"),
        (b'key,b\n1,"x"y\n', "no CSV from line 2 on"),
        (b"key\n" + b"x" * 200_000, "no CSV from line 2 on: field larger"),
        (b"PAR1", "cannot be read as Parquet"),
        (b"PAR1" + bytes(100) + b"PAR1", "cannot be read as Parquet"),
    ],
)
def test_what_is_no_table_is_refused_with_words(body: bytes, words: str) -> None:
    with pytest.raises(TableUnusable, match=words):
        table_of(body)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_small_file_of_many_equal_long_cells_is_refused(kind: pa.DataType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_table_reading, "MOST_BYTES", 1 << 22)
    body = parquet(key=pa.array(["x" * 100_000] * 1_000, kind))
    assert len(body) < 1 << 20
    with pytest.raises(TableUnusable, match="larger than it says"):
        table_of(body)


@pytest.mark.parametrize(("limit", "words"), [("MOST_ROWS", "3 rows"), ("MOST_VALUES", "4 values")])
def test_more_rows_or_values_than_the_limit_are_refused_before_they_are_read(
    limit: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_table_reading, limit, 2)
    with pytest.raises(TableUnusable, match=words):
        table_of(parquet(key=["a", "b", "c"]) if limit == "MOST_ROWS" else parquet(key=["a", "b"], n=[1, 2]))


def test_parquet_whose_metadata_end_the_process_that_looks_at_them_is_refused_with_words() -> None:
    body = parquet(key=["a", "b"], vector=[[0.5], None])
    said = []
    for at in range(190, 196):  # Arrow aborts on one of these; on which one depends on its version
        try:
            cells(table_of(body[:at] + b"\0" + body[at + 1 :]))
        except TableUnusable as refused:
            said.append(str(refused))
    assert said
    assert all("cannot be read as Parquet" in words for words in said)


@settings(max_examples=5, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2_000), st.integers(0, 255))
def test_damaged_parquet_is_an_error_in_words_or_a_table(noise: bytes, at: int, byte: int) -> None:
    body = bytearray(parquet(key=["a", "b"], vector=[[0.5], None]))
    body[at % len(body)] = byte
    for damaged in (bytes(body), b"PAR1" + noise, bytes(body[: at % len(body)])):
        with suppress(TableUnusable):
            cells(table_of(damaged))


def test_text_of_parquet_that_is_not_utf_8_is_refused() -> None:
    broken = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff"))
    with pytest.raises(TableUnusable, match=r"cannot be read as Parquet \(ArrowInvalid"):
        table_of(parquet(key=broken))


TEXT = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_pandas_reads_the_same_cells(rows: list[list[str]], delimiter: str, end: str, encoding: str) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["key", "series", "note"], *rows])
    body = written.getvalue().encode(encoding)
    judge = pd.read_csv(
        io.BytesIO(body), sep=delimiter, dtype=str, keep_default_na=False, encoding=encoding, lineterminator=None
    )
    ours = [[cell or "" for cell in column] for column in cells(table_of(body))]
    assert ours == [judge[name].to_list() for name in judge.columns]


def test_cells_of_parquet_are_text_as_people_write_it() -> None:
    moment = datetime.datetime(2024, 5, 1, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    table = table_of(
        parquet(
            whole=pa.array([3.0, None, float("nan")]),
            single=pa.array([0.1, 2.5, None], pa.float32()),
            flag=[True, False, None],
            when=[moment, None, None],
            day=[datetime.date(2024, 5, 1), None, None],
            price=[Decimal("1.50"), Decimal("2.00"), None],
            word=pa.array(["a", "a", ""]).dictionary_encode(),
            raw=pa.array([b"a", b"", None]),
            large=pa.array(["a", "", None], pa.large_string()),
        )
    )
    assert cells(table) == [
        ["3", None, None],
        ["0.1", "2.5", None],
        ["true", "false", None],
        ["2024-05-01T10:00:00Z", None, None],
        ["2024-05-01", None, None],
        ["1.5", "2", None],
        ["a", "a", None],
        ["a", None, None],
        ["a", None, None],
    ]


@settings(max_examples=5, deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=200))
def test_a_32_bit_float_comes_with_digits_that_read_back_to_it(numbers: list[float]) -> None:
    one = pa.array(numbers, pa.float32())
    table = table_of(parquet(one=one, many=pa.array([[number] for number in numbers], pa.list_(pa.float32()))))
    for number, alone, (listed,) in zip(numbers, table.values("one"), table.values("many"), strict=True):
        assert pa.scalar(alone, pa.float32()).as_py() == pa.scalar(listed, pa.float32()).as_py() == number
        assert float(f"{alone:.9g}") == alone, "nine digits tell every 32-bit float from the others"


@pytest.mark.parametrize("value", [b"\xff", float("inf"), datetime.timedelta(1), [float("nan")]])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="it is"):
        plain_value(value)
    assert text_of(value)


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("007", 7), ("-2", -2), ("+3", 3), (" 4 ", 4), ("3.0", 3), ("3.", 3)]
)
def test_whole_numbers_of_spreadsheets(text: str, number: int) -> None:
    assert whole_number_of(text) == number


@pytest.mark.parametrize("text", ["", "x", "3.5", "1e3", "0x1", "\u0663", "9" * 5_000, str(2**31), "--1", "3.0.0"])
def test_other_text_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="no whole number"):
        whole_number_of(text)


def test_flags_are_words_and_digits() -> None:
    assert [flag_of(text) for text in ("true", "FALSE", "1", "0", " Yes", "no")] == [True, False] * 3
    with pytest.raises(ValueError, match="none of true"):
        flag_of("perhaps")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=12), st.lists(st.sampled_from("abcd"), max_size=6))
def test_rows_are_found_by_text(texts: list[str | None], asked: list[str]) -> None:
    found = RowsByText(pa.array(texts, pa.string()))
    expected = {text: [row for row, given in enumerate(texts) if given == text] for text in asked}
    assert {text: found.rows(text) for text in asked} == expected
    assert found.first_rows(asked) == [next(iter(expected[text]), None) for text in asked]


def test_texts_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(names: Iterable[object]) -> Hashes:
        return np.zeros(len(list(names)), np.int64)

    monkeypatch.setattr(user_table, "hashes_of", same)
    monkeypatch.setattr(user_table, "hash", lambda _: 0, raising=False)
    found = RowsByText(pa.array(["a", "b", "a"]))
    assert (found.rows("a"), found.first_rows(["b", "c", "a"])) == ([0, 2], [1, None, 0])
