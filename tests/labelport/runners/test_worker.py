"""What a worker does with a piece, in this process."""

from pathlib import Path

import pyarrow as pa
import pytest

from labelport.runners.frames import Died, Done, Failed
from labelport.runners.places import ENDED, Places
from labelport.runners.worker import Duty, batch_of, function_named, preloads, run_piece, stream_of
from labelport.testing.runner import MISBEHAVE, shard


def duty(tmp_path: Path, function: str = MISBEHAVE) -> Duty:
    made = Duty(
        function=function, options=b"{}", preload=(), deadline_s=60, memory_bytes=1 << 30, scratch=tmp_path, slots=2
    )
    Places(made.places, slots=2, create=True)
    return made


def short(rows: pa.RecordBatch, options: object, begin: object) -> pa.RecordBatch:
    return rows.slice(1)


def test_a_batch_with_dictionaries_survives_the_way() -> None:
    batch = pa.record_batch({"a": pa.array(["x", None, "x"]).dictionary_encode(), "b": [1, 2, 3]})
    assert batch_of(stream_of(batch)).equals(batch)


def test_a_piece_is_done_and_the_place_says_so(tmp_path: Path) -> None:
    given = duty(tmp_path)
    answer = run_piece(given, 5, 1, stream_of(shard("a", "b").rows))
    assert isinstance(answer, Done)
    assert batch_of(answer.rows).column("task").to_pylist() == ["a", "b"]
    assert Places(given.places, slots=2).read(1).row == ENDED


def test_an_exit_names_the_row(tmp_path: Path) -> None:
    answer = run_piece(duty(tmp_path), 5, 0, stream_of(shard("a", "exit 4").rows))
    assert answer == Died(5, 1, late=False, detail="called sys.exit(4)")


def test_an_exception_is_named_without_control_characters(tmp_path: Path) -> None:
    answer = run_piece(duty(tmp_path), 5, 0, stream_of(shard("raise \x1b[2J").rows))
    assert answer == Failed(5, "ValueError: \\x1b[2J")


def test_a_function_that_loses_rows_is_a_fault(tmp_path: Path) -> None:
    answer = run_piece(duty(tmp_path, f"{__name__}:short"), 5, 0, stream_of(shard("a", "b").rows))
    assert isinstance(answer, Failed)
    assert "1 rows of 2" in answer.message


def test_functions_are_found_by_name_and_their_module_is_preloaded() -> None:
    assert function_named("os.path:join")("a", "b") == "a/b"  # type: ignore[arg-type, call-arg]
    assert preloads("a.b:c", ["d", "a.b"])[-2:] == ("a.b", "d")
    with pytest.raises(ImportError):
        function_named("no.such:thing")
