"""The local runner: the contract, and what is left when somebody is killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labelport.errors import RunnerUnavailable, TooManyCrashes
from labelport.runners.contract import Runner, Work
from labelport.runners.local import LocalRunner, worker_count
from labelport.testing.runner import RunnerContract, shard, tasks_of, work


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    made = LocalRunner(workers=2)
    yield made
    made.close()


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait until something outside is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def group_of(pgid: int) -> list[int]:
    """Return the living processes of a process group, zombies not counted."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pgid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def hosts_of(pid: int) -> list[int]:
    """Return the hosts among the children of a process; each leads a process group."""
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [child for child in children if b"labelport.runners.host" in Path(f"/proc/{child}/cmdline").read_bytes()]


class TestLocalRunner(RunnerContract):
    """The contract suite."""

    def test_a_hostile_bucket_stops_the_run(self, runner: Runner) -> None:
        strict = LocalRunner(workers=2, max_deaths=3, max_death_share=0.5)
        with pytest.raises(TooManyCrashes, match="objects killed their worker"):
            list(strict.map(work(), (shard("abort", "abort", number=n) for n in range(50))))

    def test_few_deaths_among_many_rows_stop_nothing(self) -> None:
        strict = LocalRunner(workers=2, max_deaths=1, max_death_share=0.5)
        (result,) = strict.map(work(), [shard("abort", *["a"] * 9, "abort")])
        assert len(result.deaths) == 2


def test_no_process_is_started_for_nothing(runner: LocalRunner) -> None:
    before = hosts_of(os.getpid())
    assert list(runner.map(work(), iter(()))) == []
    assert hosts_of(os.getpid()) == before


def test_a_worker_that_is_deaf_to_signals_is_killed_by_the_host(runner: LocalRunner) -> None:
    (result,) = runner.map(work(deadline_s=0.5), [shard("a", "deaf 600")])
    assert [(death.row, death.reason) for death in result.deaths] == [(1, "deadline")]


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path is short enough for sockets, wherever the tests run."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def test_nothing_is_left_after_a_run(runner: LocalRunner, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short))
    results = runner.map(work(), [shard("a")])
    next(results)
    (group,) = hosts_of(os.getpid())
    assert list(short.iterdir())
    assert list(results) == []
    assert until(lambda: not group_of(group), 5)
    assert list(short.iterdir()) == []


def test_closing_the_iterator_ends_workers_that_hang(runner: LocalRunner) -> None:
    results = runner.map(work(deadline_s=600), [shard("a"), shard("sleep 600", number=1)])
    next(results)
    (group,) = hosts_of(os.getpid())
    results.close()  # type: ignore[attr-defined]
    assert until(lambda: not group_of(group), 5)


def test_a_killed_host_is_replaced_and_no_row_is_lost(runner: LocalRunner) -> None:
    results = runner.map(work(), (shard("sleep 0.05", number=n) for n in range(30)))
    first = next(results)
    (group,) = hosts_of(os.getpid())
    os.kill(group, signal.SIGKILL)
    assert sorted([first.number, *(result.number for result in results)]) == list(range(30))
    assert until(lambda: not group_of(group), 5)


def test_workers_killed_from_outside_cost_no_row(runner: LocalRunner) -> None:
    results = runner.map(work(), (shard("a", "sleep 0.3", "b", number=n) for n in range(6)))
    done = [next(results)]
    victims = {pid for result in done for pid in result.rows.column("pid").to_pylist()}
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    done += results
    assert sorted(result.number for result in done) == list(range(6))
    assert all(tasks_of(result) == ["a", "sleep 0.3", "b"] and not result.deaths for result in done)


def test_a_host_that_cannot_start_is_an_error_with_its_last_words(
    runner: LocalRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelport.runners.local.module_path", lambda *_: "")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RunnerUnavailable, match="cannot be kept running"):
        list(runner.map(work(), [shard("a")]))


PARENT = """
import sys
import dagster  # what a run of Dagster has imported
from labelport.runners.local import LocalRunner
from labelport.testing.runner import shard, work

for result in LocalRunner(workers=2).map(work(deadline_s=600), [shard("module dagster"), shard("sleep 600", number=1)]):
    print(result.rows.column("seen").to_pylist(), flush=True)
"""


@pytest.mark.slow
def test_a_killed_run_leaves_no_worker_and_no_worker_knew_dagster(short: Path) -> None:
    script = short / "run.py"
    script.write_text(PARENT)
    run = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(short)},
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"['False']\n"
    (group,) = hosts_of(run.pid)
    assert len(group_of(group)) >= 4  # host, fork server, two workers
    run.kill()
    run.wait()
    run.stdout.close()
    assert until(lambda: not group_of(group), 5)
    assert [path.name for path in short.iterdir()] == ["run.py"]


def test_workers_are_shared_among_the_runs_that_may_be_at_once() -> None:
    cores = len(os.sched_getaffinity(0))
    assert worker_count({"LABELPORT_MAX_CONCURRENT_RUNS": "1"}) == cores
    assert worker_count({"LABELPORT_MAX_CONCURRENT_RUNS": "1000"}) == 1
    assert worker_count({"LABELPORT_WORKERS": "7"}) == 7
    assert worker_count({}) == max(1, cores // 2)


def test_modules_that_the_run_finds_are_found_by_its_workers(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugged.py").write_text("def same(rows, options, begin):\n    return rows\n")
    monkeypatch.syspath_prepend(tmp_path)
    (result,) = runner.map(Work("plugged:same", {}), [shard("a")])
    assert tasks_of(result) == ["a"]


def test_a_file_of_the_working_directory_is_never_imported(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "struct.py").write_text("raise SystemExit('imported from a folder of media')")
    monkeypatch.chdir(tmp_path)
    (result,) = runner.map(work(), [shard("a")])
    assert tasks_of(result) == ["a"]


def test_a_long_path_of_temporary_files_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ("a" * 90)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    runner = LocalRunner(workers=1)
    try:
        [result] = runner.map(work(), [shard("echo", "echo")])
    finally:
        runner.close()
    assert result.survivors == (0, 1)
