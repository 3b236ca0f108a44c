"""Chunks on a layout of one line an entry: what goes where, and what an index is checked for."""

import json
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.chunks import ChunkedOutput, Entry, Limits, Unit, check_index, is_index
from labelport.manifests.sink import FolderSink

HEAD = b"head\n"
WIDE = Limits(entries=1000, urls=1000, bytes=1 << 20)


class Lines:
    """A head, then one line an entry."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def size_with(self, unit: Unit) -> int:
        return len(HEAD) + sum(len(body) + 1 for body in [*self.bodies, *(e.body for e in unit.entries)])

    def add(self, unit: Unit) -> None:
        self.bodies += [entry.body for entry in unit.entries]

    def write(self, file: IO[bytes]) -> None:
        file.write(HEAD + b"".join(body + b"\n" for body in self.bodies))


def unit(title: str, *bodies: bytes, urls: int = 1) -> Unit:
    return Unit(title, tuple(Entry("s", body, urls) for body in bodies))


def write(folder: Path, units: list[Unit], limits: Limits, base: str = "m") -> tuple[list[bytes], list[str | None]]:
    """Write units; return the chunks in order, and what was said of each unit."""
    output = ChunkedOutput(FolderSink(folder), base, ".txt", limits, Lines)
    said = [output.add(each) for each in units]
    return [(folder / name).read_bytes() for name in output.finish()], said


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_one_chunk_has_no_number_and_several_have(tmp_path: Path) -> None:
    write(tmp_path / "one", [unit("a", b"1"), unit("b", b"2")], WIDE)
    assert names(tmp_path / "one") == ["m.index.json", "m.txt"]
    write(tmp_path / "two", [unit("a", b"1"), unit("b", b"2")], Limits(1, 9, 99))
    assert names(tmp_path / "two") == ["m.0001.txt", "m.0002.txt", "m.index.json"]


def test_the_index_says_what_is_in_each_chunk(tmp_path: Path) -> None:
    write(tmp_path, [unit("a", b"1", urls=3), unit("b", b"22"), unit("c", b"3")], Limits(2, 9, 99), "deep/m")
    index = (tmp_path / "deep/m.index.json").read_bytes()
    assert index == (
        b'{"chunks":[{"file":"m.0001.txt","entries":2,"urls":4,"bytes":10,"first":"a","last":"b"},'
        b'{"file":"m.0002.txt","entries":1,"urls":1,"bytes":7,"first":"c","last":"c"}],'
        b'"total_entries":3,"total_urls":5}\n'
    )
    assert is_index("m.index.json", index)
    assert check_index(tmp_path / "deep/m.index.json") == []


def test_nothing_to_write_is_no_file(tmp_path: Path) -> None:
    assert write(tmp_path, [], WIDE) == ([], [])
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("limits", "limit"), [(Limits(2, 99, 999), "entries"), (Limits(9, 4, 999), "URLs"), (Limits(9, 99, 12), "bytes")]
)
def test_a_series_that_alone_is_over_a_limit_is_left_out_with_the_numbers(
    limits: Limits, limit: str, tmp_path: Path
) -> None:
    big = unit("big", b"111", b"222", b"333", urls=2)
    chunks, said = write(tmp_path, [unit("a", b"1"), big, unit("b", b"2")], limits)
    assert said[0] is said[2] is None
    assert limit in str(said[1])
    assert b"".join(chunks).count(b"111") == 0


units = st.lists(
    st.builds(
        lambda bodies, urls: Unit("t", tuple(Entry("s", body.encode(), urls) for body in bodies)),
        st.lists(st.text("abc", max_size=6), min_size=1, max_size=3),
        st.integers(1, 4),
    ),
    max_size=15,
)
bounds = st.builds(Limits, st.integers(1, 5), st.integers(1, 12), st.integers(8, 60))


@given(given_units=units, limits=bounds)
def test_chunks_hold_everything_in_order_within_every_limit_and_no_series_is_split(
    given_units: list[Unit], limits: Limits, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("chunks")
    chunks, said = write(folder, given_units, limits)
    kept = [each for each, reason in zip(given_units, said, strict=True) if reason is None]
    lines = [line for chunk in chunks for line in chunk.removeprefix(HEAD).split(b"\n")[:-1]]
    assert lines == [entry.body for each in kept for entry in each.entries]
    if not chunks:
        return
    index = json.loads((folder / "m.index.json").read_bytes())
    assert [c["bytes"] for c in index["chunks"]] == [len(chunk) for chunk in chunks]
    for chunk in index["chunks"]:
        assert chunk["entries"] <= limits.entries
        assert chunk["urls"] <= limits.urls
        assert chunk["bytes"] <= limits.bytes
    borders, reached = {0}, 0
    for each in kept:
        borders.add(reached := reached + len(each.entries))
    ends, reached = [], 0
    for chunk in index["chunks"]:
        ends.append(reached := reached + chunk["entries"])
    assert set(ends) <= borders
    assert check_index(folder / "m.index.json") == []


@given(before=units, more=units, limits=bounds)
def test_more_at_the_end_changes_the_last_chunk_and_later_ones_only(
    before: list[Unit], more: list[Unit], limits: Limits, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first, _ = write(tmp_path_factory.mktemp("before"), before, limits)
    second, _ = write(tmp_path_factory.mktemp("after"), [*before, *more], limits)
    stable = max(len(first) - 1, 0)
    assert second[:stable] == first[:stable]


def stale(folder: Path, change: dict[str, object], *, counts: tuple[int, int] | None = None) -> list[tuple[str, str]]:
    write(folder, [unit("a", b"1"), unit("b", b"2")], WIDE)
    path = folder / "m.index.json"
    index = json.loads(path.read_bytes())
    index |= {name: value for name, value in change.items() if name in index}
    index["chunks"][0] |= {name: value for name, value in change.items() if name not in index}
    path.write_text(json.dumps(index))
    return [(f.code, f.pointer) for f in check_index(path, lambda _: counts)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"file": "gone.txt"}, "/chunks/0/file"),
        ({"file": "../m.txt"}, "/chunks/0/file"),
        ({"file": "/etc/passwd"}, "/chunks/0/file"),
        ({"file": 7}, "/chunks/0/file"),
        ({"bytes": 1}, "/chunks/0/bytes"),
        ({"total_urls": 9}, "/total_urls"),
        ({"total_entries": "2"}, "/total_entries"),
    ],
)
def test_an_index_that_does_not_fit_its_chunks_is_stale(
    change: dict[str, object], pointer: str, tmp_path: Path
) -> None:
    assert stale(tmp_path, change) == [("manifest.index_stale", pointer)]


def test_the_counts_of_checked_chunks_are_compared(tmp_path: Path) -> None:
    assert stale(tmp_path, {}, counts=(2, 3)) == [("manifest.index_stale", "/chunks/0/urls")]
    assert stale(tmp_path / "again", {}, counts=(2, 2)) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"chunks": 3}', '{"chunks": [3]}', '{"chunks": ' + "[" * 10_000])
def test_an_index_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m.index.json"
    path.write_text(text)
    (found,) = check_index(path)
    assert found.severity == "error"
