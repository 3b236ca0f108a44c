"""Manifests that are JSON arrays: the standard library is the judge of what is JSON and what it says."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests import json_elements
from labelport.manifests.chunks import Unit
from labelport.manifests.json_array import ArrayChunk, ArrayElements, Written, array_entry, write_arrays
from labelport.manifests.json_elements import JsonFault
from labelport.manifests.sink import FolderSink

OVER = "manifest.group_over_limit"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(
    st.sampled_from(["a", "é", 'q"']), st.sampled_from(["", "line\nbreak", "\u2028", "日本", "\\"])
)
UNITS = st.lists(st.lists(OBJECTS, min_size=1, max_size=3), min_size=1, max_size=6)


def read(body: bytes) -> list[Any]:
    return list(ArrayElements(io.BytesIO(body)).elements())


def fault(body: bytes) -> JsonFault:
    with pytest.raises(JsonFault) as raised:
        read(body)
    return raised.value


@given(st.lists(VALUES), st.integers(1, 200), st.sampled_from([None, 1, 4]), st.booleans())
def test_it_reads_what_the_standard_library_reads_whatever_the_window(
    value: list[Any], window: int, indent: int | None, ascii_only: bool
) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_elements, "WINDOW_CHARACTERS", window)
        try:
            assert read(body) == value
        except JsonFault:
            with pytest.raises(UnicodeDecodeError):
                body.decode()


@given(st.lists(VALUES, min_size=1), st.data())
def test_a_text_cut_anywhere_is_a_fault(value: list[Any], data: st.DataObject) -> None:
    body = json.dumps(value).encode()
    fault(body[: data.draw(st.integers(0, len(body) - 1))])


@given(st.binary(max_size=60) | st.text('[]{},:"1 ', max_size=20).map(str.encode))
def test_any_bytes_are_an_array_to_both_or_to_neither(body: bytes) -> None:
    try:
        wanted = json.loads(body.decode())
    except (ValueError, RecursionError):
        wanted = None
    if isinstance(wanted, list):
        assert read(body) == wanted
    else:
        fault(body)


@pytest.mark.parametrize(
    ("body", "words", "place"),
    [
        (b"\xef\xbb\xbf[]", "byte order mark", ""),
        (b'{"a": []}', "no JSON array", "1:1"),
        (b"[1 2]", "a comma or ] is missing", "1:4"),
        (b"[1,\n2] x", "after the end", "2:4"),
        (b"[1,]", "no JSON", "1:4"),
    ],
)
def test_a_fault_has_words_and_a_place(body: bytes, words: str, place: str) -> None:
    found = fault(body)
    assert words in str(found)
    assert found.place == place


@given(UNITS)
def test_a_chunk_is_an_array_of_one_entry_a_line_and_knows_its_size(units: list[list[dict[str, str]]]) -> None:
    chunk = ArrayChunk()
    size = 0
    for entries in units:
        unit = Unit("t", tuple(array_entry(members) for members in entries))
        size = chunk.size_with(unit)
        chunk.add(unit)
    file = io.BytesIO()
    chunk.write(file)
    body = file.getvalue()
    flat = [members for entries in units for members in entries]
    assert len(body) == size
    assert json.loads(body) == flat
    assert [json.loads(line.removesuffix(b",")) for line in body.split(b"\n")[1:-2]] == flat


def test_no_number_stands_in_an_entry_that_json_does_not_have() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        array_entry({"a": float("nan")})


def unit(title: str, *bodies: str) -> Unit:
    return Unit(title, tuple(array_entry({"v": body}, urls=2) for body in bodies))


def written(folder: Path, units: Sequence[Unit | None], *, most_entries: int) -> tuple[list[str], Written]:
    told: list[str] = []
    done = write_arrays(
        units,
        FolderSink(folder),
        base="m",
        most_entries=most_entries,
        most_bytes=1000,
        wrote=told.append,
        stage="m_manifest",
        code=OVER,
    )
    return told, done


def test_series_are_told_when_they_are_written_and_refused_when_they_alone_are_over_a_limit(tmp_path: Path) -> None:
    units = [unit("a", "1"), None, unit("big", "1", "2", "3"), unit("b", "1", "2")]
    told, done = written(tmp_path, units, most_entries=2)
    assert told == ["a", "b"]
    assert (done.entries, done.urls, done.files) == (3, 6, ["m.0001.json", "m.0002.json"])
    (found,) = done.refused
    assert (found.code, found.series_id, found.pointer) == (OVER, "big", "series=big")
    assert [json.loads((tmp_path / name).read_bytes()) for name in done.files] == [
        [{"v": "1"}],
        [{"v": "1"}, {"v": "2"}],
    ]


def test_without_series_there_is_no_file(tmp_path: Path) -> None:
    told, done = written(tmp_path, [None], most_entries=1)
    assert (told, done.files, list(tmp_path.iterdir())) == ([], [], [])
