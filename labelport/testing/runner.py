"""The contract of every runner: subclass it, give a ``runner`` fixture, run it.

The rows say what their object does to its worker; ``misbehave`` does it. A runner passes when one
poisonous object costs one row, and nothing else.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from labelport.runners.contract import Begin, Runner, Shard, ShardResult, Work

MISBEHAVE = "labelport.testing.runner:misbehave"
ROWS = pa.schema([("task", pa.string())])
RESULT = pa.schema([("task", pa.dictionary(pa.int32(), pa.string())), ("pid", pa.int64()), ("seen", pa.string())])


def misbehave(rows: pa.RecordBatch, options: dict[str, Any], begin: Begin) -> pa.RecordBatch:
    """Do what each row says, and return it with the worker's process id and what it saw."""
    out = []
    for row, task in enumerate(rows.column("task").to_pylist()):
        begin(row)
        out.append({"task": task, "pid": os.getpid(), "seen": _act(task, options)})
    return pa.RecordBatch.from_pylist(out, schema=RESULT)


def _act(task: str, options: dict[str, Any]) -> str:
    verb, _, what = task.partition(" ")
    match verb:
        case "abort":
            os.abort()
        case "exit":
            sys.exit(int(what))
        case "end":
            os._exit(int(what))
        case "sleep":
            time.sleep(float(what))
        case "deaf":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
            time.sleep(float(what))
        case "eat":
            return str(len(bytearray(int(what) << 20)))
        case "raise":
            raise ValueError(what)
        case "once":
            mark = Path(options["marks"]) / what
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case "variable":
            return os.environ.get(what, "absent")
        case "module":
            return str(what in sys.modules)
        case "folder":
            return f"{len(list(Path().iterdir()))} files"
        case "print":
            sys.stdout.write(what * 10_000)
            sys.stdout.flush()
            return str(os.read(0, 1))
    return ""


def shard(*tasks: str, number: int = 0) -> Shard:
    """Return a shard whose rows say these things."""
    return Shard(number, pa.RecordBatch.from_pylist([{"task": task} for task in tasks], schema=ROWS))


def work(deadline_s: float = 20.0, **options: Any) -> Work:
    """Return work that does what its rows say."""
    return Work(MISBEHAVE, options, deadline_s=deadline_s, memory_bytes=512 << 20)


def tasks_of(result: ShardResult) -> list[str]:
    """Return the tasks of the surviving rows."""
    tasks: list[str] = result.rows.column("task").to_pylist() if result.survivors else []
    return tasks


class RunnerContract:
    """What every runner does. ``runner`` is a fixture of the subclass; it is closed there."""

    def only(self, runner: Runner, tasks: Sequence[str], given: Work | None = None) -> ShardResult:
        """Return the one result of one shard."""
        (result,) = runner.map(given or work(), [shard(*tasks)])
        return result

    def test_rows_come_back_in_the_order_of_their_shard(self, runner: Runner) -> None:
        result = self.only(runner, ["a", "b", "c"])
        assert (tasks_of(result), result.survivors, result.deaths) == (["a", "b", "c"], (0, 1, 2), ())

    def test_every_shard_has_one_result(self, runner: Runner) -> None:
        results = list(runner.map(work(), (shard("a", "b", number=n) for n in range(20))))
        assert sorted(result.number for result in results) == list(range(20))

    def test_nothing_to_do_gives_no_results(self, runner: Runner) -> None:
        assert list(runner.map(work(), [])) == []

    def test_a_shard_of_no_rows_is_a_result_of_no_rows(self, runner: Runner) -> None:
        result = self.only(runner, [])
        assert (result.rows.num_rows, result.survivors, result.deaths) == (0, (), ())

    def test_an_object_that_aborts_costs_one_row(self, runner: Runner) -> None:
        result = self.only(runner, ["a", "b", "abort", "c"])
        assert tasks_of(result) == ["a", "b", "c"]
        assert result.survivors == (0, 1, 3)
        assert [(death.row, death.reason) for death in result.deaths] == [(2, "crashed")]
        assert "SIGABRT" in result.deaths[0].detail

    def test_objects_that_exit_cost_their_rows(self, runner: Runner) -> None:
        result = self.only(runner, ["exit 3", "a", "exit 0", "end 9", "b"])
        assert tasks_of(result) == ["a", "b"]
        assert [(death.row, death.reason) for death in result.deaths] == [
            (0, "crashed"),
            (2, "crashed"),
            (3, "crashed"),
        ]

    def test_a_library_that_ends_the_process_with_code_zero_costs_one_row(self, runner: Runner) -> None:
        result = self.only(runner, ["a", "end 0", "b"])
        assert tasks_of(result) == ["a", "b"]
        assert result.deaths[0].row == 1

    def test_an_object_that_hangs_dies_at_its_deadline(self, runner: Runner) -> None:
        begun = time.monotonic()
        result = self.only(runner, ["a", "sleep 600", "b"], work(deadline_s=0.5))
        assert tasks_of(result) == ["a", "b"]
        assert [(death.row, death.reason) for death in result.deaths] == [(1, "deadline")]
        assert time.monotonic() - begun < 30

    def test_a_slow_shard_of_quick_objects_is_not_late(self, runner: Runner) -> None:
        result = self.only(runner, ["sleep 0.2"] * 6, work(deadline_s=1.0))
        assert result.deaths == ()

    def test_an_object_that_eats_memory_costs_one_row(self, runner: Runner) -> None:
        result = self.only(runner, ["a", "eat 4096", "b", "eat 1"])
        assert tasks_of(result) == ["a", "b", "eat 1"]
        assert [death.row for death in result.deaths] == [1]
        assert "memory" in result.deaths[0].detail

    def test_a_worker_killed_from_outside_costs_nothing(self, runner: Runner, tmp_path: Path) -> None:
        result = self.only(runner, ["a", "once x", "b"], work(marks=str(tmp_path)))
        assert (tasks_of(result), result.deaths) == (["a", "once x", "b"], ())

    def test_a_lone_object_whose_worker_is_killed_is_tried_again(self, runner: Runner, tmp_path: Path) -> None:
        result = self.only(runner, ["once x"], work(marks=str(tmp_path)))
        assert (tasks_of(result), result.deaths) == (["once x"], ())

    def test_a_shard_of_which_nothing_survives_has_only_deaths(self, runner: Runner) -> None:
        result = self.only(runner, ["abort", "abort"])
        assert (result.rows.num_rows, result.survivors, len(result.deaths)) == (0, (), 2)

    def test_an_exception_of_the_function_stops_the_run_and_is_named(self, runner: Runner) -> None:
        import pytest  # noqa: PLC0415

        with pytest.raises(RuntimeError, match="ValueError: the bucket is gone"):
            self.only(runner, ["a", "raise the bucket is gone"])

    def test_a_function_that_is_not_there_is_named(self, runner: Runner) -> None:
        import pytest  # noqa: PLC0415

        with pytest.raises(RuntimeError, match="no_such_module"):
            self.only(runner, ["a"], Work("no_such_module:probe", {}))

    def test_no_worker_knows_dagster(self, runner: Runner) -> None:
        result = self.only(runner, ["module dagster", "module pyarrow"])
        assert result.rows.column("seen").to_pylist() == ["False", "True"]

    def test_workers_see_no_credentials(self, runner: Runner, monkeypatch: Any) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("PROJECT_KEY", "key")
        tasks = ["variable AWS_SECRET_ACCESS_KEY", "variable PROJECT_KEY"]
        assert self.only(runner, tasks).rows.column("seen").to_pylist() == ["absent", "absent"]
        named = self.only(runner, tasks, work(env=["PROJECT_KEY"]))
        assert named.rows.column("seen").to_pylist() == ["absent", "key"]

    def test_workers_sit_in_an_empty_folder(self, runner: Runner) -> None:
        assert self.only(runner, ["folder"]).rows.column("seen").to_pylist() == ["0 files"]

    def test_what_a_worker_prints_or_reads_disturbs_nobody(self, runner: Runner) -> None:
        result = self.only(runner, ["print x", "a"])
        assert result.rows.column("seen").to_pylist() == ["b''", ""]

    def test_results_stream_while_shards_are_made(self, runner: Runner) -> None:
        made = []

        def shards() -> Any:
            for number in range(200):
                made.append(number)
                yield shard("a", number=number)

        results = runner.map(work(), shards())
        next(results)
        assert len(made) < 200
        results.close()  # type: ignore[attr-defined]

    def test_a_hostile_bucket_stops_the_run(self, runner: Runner) -> None:
        raise NotImplementedError("a subclass says with which limits")
