from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.storage.runs import Runs, set_aside, sorted_runs

SCHEMA = pa.schema([("key", pa.string()), ("size", pa.int64())])


def batches(sizes: list[int]) -> list[pa.RecordBatch]:
    start, made = 0, []
    for size in sizes:
        rows = [{"key": f"{(number * 7919) % 1000:03d}", "size": number} for number in range(start, start + size)]
        made.append(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
        start += size
    return made


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 60))
def test_runs_are_sorted_bounded_and_hold_every_row_once(sizes: list[int], rows: int) -> None:
    with sorted_runs(batches(sizes), schema=SCHEMA, key=["key"], rows=rows) as runs:
        tables = [pa.Table.from_batches(run, schema=SCHEMA) for run in runs]
    for table in tables:
        assert table["key"].to_pylist() == sorted(table["key"].to_pylist())
        assert table.num_rows <= max([rows, *sizes])
    assert sorted(number for table in tables for number in table["size"].to_pylist()) == list(range(sum(sizes)))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 60))
def test_runs_written_by_a_thread_are_the_same(sizes: list[int], rows: int) -> None:
    found = []
    for aside in (False, True):
        with Runs(schema=SCHEMA, key=["key"], rows=rows, batch=7, aside=aside) as runs:
            for batch in batches(sizes):
                runs.add(batch)
            found.append([[batch.to_pylist() for batch in run] for run in runs.sorted()])
    assert found[0] == found[1]


def test_a_disk_that_is_full_is_told_though_a_thread_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Runs, "_write", full)
    first, second = batches([5, 5])
    with Runs(schema=SCHEMA, key=["key"], rows=5, aside=True) as runs:
        runs.add(first)
        runs.add(second)
        with pytest.raises(OSError, match="No space left"):
            runs.sorted()


def test_text_is_sorted_by_its_bytes() -> None:
    keys = ["é", "z", "Z", "a/1", "a", "a.b", "\U0001f600", "\uffff"]
    batch = pa.RecordBatch.from_pylist([{"key": key, "size": 0} for key in keys], schema=SCHEMA)
    with sorted_runs([batch], schema=SCHEMA, key=["key"]) as [run]:
        found = pa.Table.from_batches(run)["key"].to_pylist()
    assert found == sorted(keys, key=str.encode)


def open_files(folder: Path) -> list[str]:
    """Return the files below a folder that this process holds open, nameless ones too."""
    links = [str(link.readlink()) for link in list(Path("/proc/self/fd").iterdir()) if link.is_symlink()]
    return [link for link in links if link.startswith(str(folder))]


def test_temporary_files_have_no_name_and_end_with_their_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with sorted_runs(batches([5, 5]), schema=SCHEMA, key=["key"], rows=5) as runs:
        assert len(runs) == 2
        assert len(open_files(tmp_path)) == 1  # the last run stays in memory
        assert list(tmp_path.iterdir()) == []  # so a killed process leaves nothing
    with set_aside(schema=SCHEMA, rows=3) as aside:
        aside.add(pa.Table.from_batches(batches([5])))
        assert len(open_files(tmp_path)) == 1
        assert list(tmp_path.iterdir()) == []
    assert open_files(tmp_path) == []


def test_a_single_run_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with sorted_runs(batches([5]), schema=SCHEMA, key=["key"]) as [run]:
        assert sum(batch.num_rows for batch in run) == 5
        assert list(tmp_path.iterdir()) == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 60))
def test_rows_set_aside_come_back_in_order(sizes: list[int], rows: int) -> None:
    with set_aside(schema=SCHEMA, rows=rows) as aside:
        for batch in batches(sizes):
            aside.add(pa.Table.from_batches([batch]))
        assert aside.num_rows == sum(sizes)
        found = [number for batch in aside.batches() for number in batch.column("size").to_pylist()]
    assert found == list(range(sum(sizes)))
