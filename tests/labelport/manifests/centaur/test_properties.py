"""What holds for any tables and any template: nothing is lost, nothing is invented, the template keeps its order."""

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.testing.manifest import Prefix
from tests.labelport.manifests.any_tables import any_tables
from tests.labelport.manifests.centaur.reading_back import groups, manifests, rows_of
from tests.labelport.manifests.centaur.templates import HEADER, Result, fill, frames, template

NAMES = ["a", "b", "c", "d"]
ORIGINS = st.sampled_from([f"{folder}{name}.png" for folder in ("", "x/", "y/", "x/y/") for name in NAMES])
PREFIXES = st.lists(st.lists(ORIGINS, min_size=1, max_size=4), max_size=4)
SPELLINGS = st.sampled_from(
    ["{}", "{}", "./{}", "/{}", "s3://b/{}", "z/{}", "{base}", "x\\{}", "{}.gone", "=x/{}", "", 'q"{}']
)
ROWS = st.lists(st.tuples(ORIGINS, SPELLINGS, st.sampled_from(["", "", "old"])), max_size=20)


def made(series: list[list[str]]) -> Prefix:
    """Return series of these origins; the first that names one has it."""
    prefix, taken = Prefix(), set[str]()
    for number, keys in enumerate(series):
        own = [key for key in dict.fromkeys(keys) if key not in taken]
        taken.update(own)
        if own:
            frames(prefix, f"s{number}", own)
    return prefix


def side(result: Result, which: str) -> list[dict[str, str]]:
    """Return the rows of a side file."""
    return list(csv.DictReader(io.StringIO(result.files.get(f"centaur.{which}.csv", b"").decode(), newline="")))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)
@given(prefix=any_tables(), data=st.data())
def test_any_order_of_the_draft_with_ids_is_filled_in_that_order(
    prefix: Prefix, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("permuted")
    (folder / "draft").mkdir()
    (folder / "filled").mkdir()
    draft = fill(folder / "draft", prefix, b"")
    rows = [row for path in manifests(folder / "draft") for row in rows_of(path) if "series" in row]
    order = data.draw(st.permutations(rows))
    given_rows = [(f"id {number}", row["origin"]) for number, row in enumerate(order)]
    filled = fill(folder / "filled", prefix, template(given_rows))
    assert sorted(groups(folder / "filled")) == sorted(groups(folder / "draft"))
    ids = {origin: identity for identity, origin in given_rows}
    for path in manifests(folder / "filled"):
        written = [row for row in rows_of(path) if "series" in row]
        assert all(row["content_id"] == ids[row["origin"]] for row in written)
        numbers = [int(row["content_id"].removeprefix("id ")) for row in written]
        assert numbers == sorted(numbers)
    assert sorted(filled.told) == sorted(draft.told)
    assert filled.entries == draft.entries
    assert not {"centaur.only_in_ours", "centaur.ambiguous", "centaur.fuzzy_match"} & filled.codes().keys()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(series=PREFIXES, given_rows=ROWS, partial=st.booleans())
def test_no_row_of_ours_is_lost_and_the_template_comes_back_as_it_was(
    series: list[list[str]],
    given_rows: list[tuple[str, str, str]],
    partial: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    prefix = made(series)
    rows = [
        (str(number), spelling.format(key, base=key.rpartition("/")[2]), old)
        for number, (key, spelling, old) in enumerate(given_rows)
    ]
    result = fill(folder, prefix, template(rows), partial=partial)
    written = rows_of(folder / "centaur.csv") if "centaur.csv" in result.files else []
    drafted = rows_of(folder / "centaur.draft.csv") if "centaur.draft.csv" in result.files else []
    ours = {(row["series_id"], str(row["index"])) for row in prefix.items}
    assert [(row["content_id"], row["origin"]) for row in written] == ([(n, o) for n, o, _ in rows] if written else [])

    placed = [(row["series"], row["series_index"]) for row in written if row["series"]]
    aside = [
        (row["series"], row["series_index"]) for row in (*side(result, "only_in_ours"), *side(result, "ambiguous"))
    ]
    aside = [row for row in aside if row[0]]
    assert len(placed) == len(set(placed))
    assert sorted([*placed, *aside]) == sorted(ours)
    assert not drafted or {(row["series"], row["series_index"]) for row in drafted} == ours
    assert bool(ours) == bool(written or drafted) == bool(result.entries)

    told = {row["content_id"] for name in ("only_in_template", "ambiguous") for row in side(result, name)}
    halves = {row["origin"] for row in side(result, "only_in_ours") if row["reason"].startswith("other rows")}
    without = {row["content_id"] for row in written if not row["series"]}
    assert told - {""} <= without or not written
    assert len(without - told) <= len(halves)
    assert_whole(written, ours, partial=partial)
    assert set(result.told) == ({series for series, _ in placed} or {series for series, _ in ours})


def assert_whole(written: list[dict[str, str]], ours: set[tuple[str, str]], *, partial: bool) -> None:
    """Assert that the series that are written have all their indices, unless they may be partial."""
    for series in {row["series"] for row in written if row["series"]}:
        indices = {row["series_index"] for row in written if row["series"] == series}
        wanted = {index for name, index in ours if name == series}
        assert indices == wanted or (partial and indices < wanted)


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), extra=CELLS)
def test_any_cells_of_a_template_come_back_as_they_were(
    rows: list[tuple[str, str, str]], extra: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cells")
    heading = extra if extra.strip().lower() not in HEADER else "x"
    prefix = Prefix()
    frames(prefix, "s", ["own/0.png"])
    given_rows = [("1", "own/0.png"), *((c, o, "", "", "", e) for c, o, e in rows)]
    body = template(given_rows, header=(*HEADER, heading), quoting=csv.QUOTE_ALL)
    result = fill(folder, prefix, body)
    with io.StringIO(result.files["centaur.csv"].decode(), newline="") as file:
        found: list[Any] = list(csv.reader(file))
    usable = [(c, o, e) for c, o, e in rows if c.strip()]
    assert found == [
        [*HEADER, heading],
        ["1", "own/0.png", "s", "0", "", ""],
        *([c, o, "", "", "", e] for c, o, e in usable),
    ]
