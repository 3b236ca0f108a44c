"""The two layouts: bytes as the standard library writes them, and sizes that are exact before they are written."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.chunks import Chunk, Unit
from labelport.manifests.encord.csv_layout import (
    DICOM,
    GROUPS,
    IMAGES,
    SEQUENCES,
    VIDEOS,
    CsvChunk,
    csv_entry,
    title_fault,
)
from labelport.manifests.encord.json_layout import JsonChunk, json_entry
from labelport.manifests.encord.sections import SECTIONS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.tuples(st.sampled_from(list(SECTIONS)), st.dictionaries(TEXT, VALUES, min_size=1, max_size=4))
FLAGS = st.sampled_from([{"skip_duplicate_urls": True}, {"skip_duplicate_urls": True, "upsert_metadata": True}])


def written(chunk: Chunk, units: list[Unit]) -> bytes:
    """Write units; each size foretold must be the size so far."""
    foretold = 0
    for unit in units:
        foretold = chunk.size_with(unit)
        chunk.add(unit)
    file = io.BytesIO()
    chunk.write(file)
    assert len(file.getvalue()) == foretold
    return file.getvalue()


@given(given_units=st.lists(st.lists(ENTRIES, min_size=1, max_size=3), min_size=1, max_size=5), flags=FLAGS)
def test_json_is_what_the_standard_library_writes_with_an_indent(
    given_units: list[list[tuple[str, dict[str, Any]]]], flags: dict[str, bool]
) -> None:
    units = [Unit("t", tuple(json_entry(section, entry, 1) for section, entry in unit)) for unit in given_units]
    entries = [each for unit in given_units for each in unit]
    sections = {name: [entry for section, entry in entries if section == name] for name in SECTIONS}
    wanted = {name: found for name, found in sections.items() if found} | flags
    assert written(JsonChunk(flags), units).decode() == json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"


def test_numbers_that_json_does_not_have_are_never_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_entry("images", {"clientMetadata": {"a": float("nan")}}, 1)


ROWS = st.tuples(
    st.sampled_from([SEQUENCES, GROUPS, IMAGES, VIDEOS, DICOM]),
    st.from_regex(r"[a-z0-9/.-]{1,8}", fullmatch=True).filter(lambda title: title_fault(title) is None),
    st.lists(st.from_regex(r"https://a/[a-z,\"']{0,6}", fullmatch=True), min_size=1, max_size=3),
)


@given(given_rows=st.lists(ROWS, min_size=1, max_size=8))
def test_a_csv_reads_back_as_blocks_of_its_kinds(given_rows: list[tuple[str, str, list[str]]]) -> None:
    units = [Unit(title, (csv_entry(what, title, urls),)) for what, title, urls in given_rows]
    text = written(CsvChunk("Series title"), units).decode()
    rows = list(csv.reader(io.StringIO(text), strict=True))
    kinds = {what for what, _, _ in given_rows}
    headers = [row for row in rows if row[0] == "ObjectUrl"]
    groups = bool(kinds & {SEQUENCES, GROUPS})
    assert [row[1] for row in headers] == [
        *(["Image group title"] if groups else []),
        *(["Image title"] if IMAGES in kinds else []),
        *(["Video title"] if VIDEOS in kinds else []),
        *(["Series title"] if DICOM in kinds else []),
    ]
    if SEQUENCES in kinds:
        assert {len(row) for row in rows} == {3}
    blocks = (("Image group title", (SEQUENCES, GROUPS)), ("Image title", (IMAGES,)))
    for title, held in (*blocks, ("Video title", (VIDEOS,)), ("Series title", (DICOM,))):
        wanted = [[url, name] for what, name, urls in given_rows if what in held for url in urls]
        assert [row[:2] for row in below(rows, title)] == wanted
    thirds = {row[2] for row in below(rows, "Image group title") if row[1:2]}
    said = {"true" if what == SEQUENCES else "false" for what, _, _ in given_rows if what in (SEQUENCES, GROUPS)}
    assert thirds == said


def below(rows: list[list[str]], title: str) -> list[list[str]]:
    found, inside = [], False
    for row in rows:
        if row[0] == "ObjectUrl":
            inside = row[1] == title
        elif inside:
            found.append(row)
    return found


def test_one_type_has_the_header_of_its_own_table() -> None:
    def lines(what: str) -> list[str]:
        return (
            written(CsvChunk("Dicom title"), [Unit("t", (csv_entry(what, "t", ["https://a/x"]),))]).decode().split("\n")
        )

    assert lines(VIDEOS) == ["ObjectUrl,Video title", "https://a/x,t", ""]
    assert lines(IMAGES) == ["ObjectUrl,Image title", "https://a/x,t", ""]
    assert lines(DICOM) == ["ObjectUrl,Dicom title", "https://a/x,t", ""]
    assert lines(GROUPS) == ["ObjectUrl,Image group title,Create video", "https://a/x,t,false", ""]
    assert lines(SEQUENCES) == ["ObjectUrl,Image group title,Create video", "https://a/x,t,true", ""]


@pytest.mark.parametrize("title", ["a,b", 'a"b', "a\nb", "=a", "+a", "-a", "@a"])
def test_titles_that_a_plain_csv_cannot_hold_are_named(title: str) -> None:
    assert title_fault(title) is not None
    assert title_fault("dicom-rfceg7afea5o3wcw462q46exsa/640x480") is None


def test_each_type_alone_has_the_header_of_the_page() -> None:
    found = {}
    for what in (VIDEOS, IMAGES, GROUPS, SEQUENCES, DICOM):
        found[what] = written(
            CsvChunk("Series title"), [Unit("t", (csv_entry(what, "t", ["https://a/1", "https://a/2"]),))]
        )
    assert {what: body.decode().splitlines()[:2] for what, body in found.items()} == {
        VIDEOS: ["ObjectUrl,Video title", "https://a/1,t"],
        IMAGES: ["ObjectUrl,Image title", "https://a/1,t"],
        GROUPS: ["ObjectUrl,Image group title,Create video", "https://a/1,t,false"],
        SEQUENCES: ["ObjectUrl,Image group title,Create video", "https://a/1,t,true"],
        DICOM: ["ObjectUrl,Series title", "https://a/1,t"],
    }
