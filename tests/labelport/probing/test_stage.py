"""The stage media_metadata: what is probed, what is kept, what is refused."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.catalogue.inventory import refresh_inventory
from labelport.catalogue.outcome import DraftRefused, Outcome
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.errors import SettingsError, StageAbsent, TooManyCrashes
from labelport.probing import stage as stage_module
from labelport.probing.stage import refresh_media
from labelport.probing.versions import current_versions
from labelport.runners.contract import Death, Runner, Shard, ShardResult, Work
from labelport.runners.local import LocalRunner
from labelport.runners.salvage import Salvage
from labelport.runners.worker import function_named
from labelport.settings import DatasetSettings
from labelport.tables import MEDIA
from tests.labelport.probing.files import jpeg, png
from tests.media import clip, recording, sound


@dataclass
class HereRunner:
    """Runs shards in this process; notes what it was given, and kills what a test says."""

    deaths: dict[str, Death] = field(default_factory=dict)
    stop_after: int | None = None
    given: list[str] = field(default_factory=list)
    made: int = 0

    def __call__(self) -> Runner:
        self.made += 1
        return self

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        options = msgspec.json.decode(msgspec.json.encode(work.options))
        for number, shard in enumerate(shards):
            if number == self.stop_after:
                raise TooManyCrashes("stopped by the test")
            keys = shard.rows.column("key").to_pylist()
            self.given += keys
            salvage = Salvage(shard)
            good = [row for row, key in enumerate(keys) if key not in self.deaths]
            rows = function_named(work.function)(shard.rows.take(pa.array(good, pa.int64())), options, lambda row: None)
            salvage.done(salvage.whole(), rows)
            result = salvage.result()
            deaths = [
                Death(row, self.deaths[key].reason, self.deaths[key].detail)
                for row, key in enumerate(keys)
                if key in self.deaths
            ]
            yield ShardResult(result.number, result.rows, tuple(good), tuple(deaths))

    def close(self) -> None:
        """Nothing to end."""


class Place:
    """A dataset in folders, and its runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runner = HereRunner()
        self.settings: dict[str, Any] = {"limits": {"errors_block": 1.0, "removed_share": 1.0}}

    def dataset(self) -> Dataset:
        given = {"name": "d", "bucket": str(self.root / "raw"), "publish": str(self.root / "out"), **self.settings}
        return open_dataset(DatasetSettings.model_validate(given))

    def put(self, key: str, body: bytes) -> None:
        path = self.root / "raw" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def delete(self, key: str) -> None:
        (self.root / "raw" / key).unlink()

    def listed(self) -> None:
        refresh_inventory(self.dataset(), allow_removed=True)

    def refresh(self, **options: Any) -> Outcome:
        """List and probe; ``given`` of the runner then holds what this run probed."""
        self.listed()
        self.runner.given.clear()
        self.runner.made = 0
        return refresh_media(self.dataset(), **{"runner": self.runner, **options})

    def table(self, name: str, *columns: str) -> list[dict[str, Any]]:
        live = Stage(self.dataset().publish, "media_metadata", dataset="d").require()
        rows: list[dict[str, Any]] = live.table(name, columns=columns or None).to_pylist()
        return rows

    def statuses(self) -> dict[str, str]:
        return {row["key"]: row["status"] for row in self.table("media", "key", "status")}

    def findings(self) -> list[tuple[str, str]]:
        return [(row["file"], row["code"]) for row in self.table("findings")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_without_an_inventory_there_is_nothing_to_probe(place: Place) -> None:
    with pytest.raises(StageAbsent):
        refresh_media(place.dataset(), runner=place.runner)


def test_every_listed_object_has_a_row(place: Place) -> None:
    place.put("a.png", png(4, 3))
    place.put("b/c.jpg", jpeg(5, 6))
    place.put("d.txt", b"words\n")
    outcome = place.refresh()
    assert outcome.changed
    assert outcome.rows["media"] == 3
    assert outcome.counts["probed"] == outcome.counts["added"] == outcome.counts["status_ok"] == 3
    assert outcome.cost["requests"] == 3
    assert [(row["key"], row["width"]) for row in place.table("media", "key", "width")] == [
        ("a.png", 4),
        ("b/c.jpg", 5),
        ("d.txt", None),
    ]


def test_an_empty_bucket_has_an_empty_table(place: Place) -> None:
    (place.root / "raw").mkdir()
    outcome = place.refresh()
    assert (outcome.rows["media"], outcome.counts["probed"], place.runner.made) == (0, 0, 0)


def test_an_unchanged_bucket_starts_no_runner_and_keeps_its_version(place: Place) -> None:
    place.put("a.png", png())
    first = place.refresh()
    second = place.refresh()
    assert (second.changed, second.counts["probed"], place.runner.made) == (False, 0, 0)
    assert (second.generation, second.content_version) == (first.generation, first.content_version)
    assert second.counts["kept"] == 1
    assert second.verdicts[0].name == "unreadable_share"


def test_a_new_an_overwritten_and_a_deleted_object_are_two_probes(place: Place) -> None:
    for number in range(600):
        place.put(f"{number:04d}.png", png(seed=number))
    place.refresh()
    place.put("0100.png", png(9, 9))
    place.put("new.png", png(7, 7))
    place.delete("0200.png")
    outcome = place.refresh()
    assert sorted(place.runner.given) == ["0100.png", "new.png"]
    assert {name: outcome.counts[name] for name in ("probed", "added", "changed", "deleted", "kept")} == {
        "probed": 2,
        "added": 1,
        "changed": 1,
        "deleted": 1,
        "kept": 598,
    }
    rows = {row["key"]: row["width"] for row in place.table("media", "key", "width")}
    assert (rows["0100.png"], rows["new.png"], "0200.png" in rows, len(rows)) == (9, 7, False, 600)


def test_the_catalogue_after_changes_equals_one_made_from_nothing(place: Place, tmp_path: Path) -> None:
    for number in range(300):
        place.put(f"{number}.png", png(seed=number))
    place.put("bad.png", b"\x89PNG\r\n\x1a\n" + bytes(20))
    place.refresh()
    place.put("7.png", b"")
    place.put("bad.png", png())
    place.put("x.jpg", png())
    place.delete("9.png")
    place.refresh()
    incremental, findings = place.table("media"), place.table("findings")
    place.settings["publish"] = str(tmp_path / "again")
    place.refresh()
    assert incremental == place.table("media")
    assert findings == place.table("findings")


def test_findings_of_rows_that_are_carried_over_stay(place: Place) -> None:
    place.put("a.png", b"")
    place.put("b.jpg", png())
    place.put("c.png", png())
    place.refresh()
    place.put("d.png", b"")
    outcome = place.refresh()
    assert place.runner.given == ["d.png"]
    assert place.findings() == [
        ("a.png", "probe.empty"),
        ("b.jpg", "probe.extension_mismatch"),
        ("d.png", "probe.empty"),
    ]
    assert outcome.findings["warning"] == 3
    place.put("a.png", png())
    place.delete("d.png")
    place.refresh()
    assert place.findings() == [("b.jpg", "probe.extension_mismatch")]


def test_what_a_killed_run_has_probed_is_not_probed_again(place: Place) -> None:
    for number in range(1000):
        place.put(f"{number:04d}.png", png(seed=number))
    place.runner.stop_after = 2
    with pytest.raises(TooManyCrashes):
        place.refresh()
    assert len(place.runner.given) == 512
    done = set(place.runner.given)
    place.runner.stop_after = None
    place.put("0001.png", png(9, 9))
    outcome = place.refresh()
    assert set(place.runner.given) == {f"{number:04d}.png" for number in range(1000)} - done | {"0001.png"}
    assert (outcome.counts["probed"], outcome.counts["resumed"]) == (489, 511)
    assert outcome.rows["media"] == 1000
    assert {row["key"]: row["width"] for row in place.table("media", "key", "width")}["0001.png"] == 9
    assert place.refresh().counts["probed"] == 0


def test_a_refused_draft_changes_nothing_and_its_rows_are_kept_for_the_next_run(place: Place) -> None:
    place.put("a.png", png())
    place.refresh()
    place.settings["limits"] = {"errors_block": 0.5, "removed_share": 1.0}
    place.put("b.png", b"")
    place.put("c.png", b"")
    with pytest.raises(DraftRefused, match="2 of 3 objects"):
        place.refresh()
    assert place.statuses() == {"a.png": "ok"}
    outcome = place.refresh(allow_errors=True)
    assert (outcome.counts["probed"], outcome.counts["resumed"], place.runner.made) == (0, 2, 0)
    assert place.statuses() == {"a.png": "ok", "b.png": "empty", "c.png": "empty"}
    assert (outcome.verdicts[0].passed, outcome.verdicts[0].blocking) == (False, False)


def test_files_that_were_let_pass_block_no_later_run(place: Place) -> None:
    place.settings["limits"] = {"errors_block": 0.5, "removed_share": 1.0}
    place.put("a.png", png())
    place.put("b.png", b"")
    place.put("c.png", b"")
    place.refresh(allow_errors=True)
    assert not place.refresh().changed
    place.put("d.png", png())
    assert place.refresh().changed
    for name in "efgh":
        place.put(f"{name}.png", b"")
    with pytest.raises(DraftRefused):
        place.refresh()


def test_a_limited_run_leaves_the_rest_for_the_next(place: Place) -> None:
    for number in range(10):
        place.put(f"{number}.png", png(seed=number))
    place.settings["limits"] = {"max_probes_per_run": 6}
    first = place.refresh()
    assert (first.counts["probed"], first.counts["left"], first.rows["media"]) == (6, 4, 6)
    assert place.findings() == [("", "probe.not_probed_yet")]
    second = place.refresh()
    assert (second.counts["probed"], second.rows["media"]) == (4, 10)
    assert place.findings() == []
    assert place.refresh().changed is False


def test_a_new_version_of_a_probe_makes_its_rows_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put("a.png", png())
    place.put("b.txt", b"words\n")
    place.refresh()
    newer = {**current_versions(), "image": "image-999"}
    monkeypatch.setattr(stage_module, "current_versions", lambda **_: newer)
    place.refresh()
    assert place.runner.given == ["a.png"]
    assert [row["probe_version"] for row in place.table("media", "probe_version")] == ["image-999", newer["text"]]


def test_sound_in_a_container_of_video_is_made_anew_with_the_sounds(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put("abstract1234.mp4", sound("mp4"))
    place.put("clip.mp4", clip(frames=3, with_sound=True))
    place.put("tone.wav", recording())
    place.refresh()
    columns = ("key", "kind", "format", "extension_mismatch", "probe_version")
    versions = current_versions()
    assert [tuple(row.values()) for row in place.table("media", *columns)] == [
        ("abstract1234.mp4", "audio", "mp4", False, versions["audio"]),
        ("clip.mp4", "video", "mp4", False, versions["video"]),
        ("tone.wav", "audio", "wav", False, versions["audio"]),
    ]
    for kind, again in (("audio", ["abstract1234.mp4", "tone.wav"]), ("video", ["clip.mp4"])):
        versions = {**versions, kind: f"{kind}-999"}
        monkeypatch.setattr(stage_module, "current_versions", lambda versions=versions, **_: versions)
        place.refresh()
        assert place.runner.given == again
        assert place.refresh().changed is False
        assert place.runner.given == []


def test_objects_that_kill_their_worker_are_rows(place: Place) -> None:
    place.put("a.png", png())
    place.put("evil.png", png(2, 2))
    place.runner.deaths = {"evil.png": Death(0, "crashed", "its worker was killed by SIGSEGV")}
    place.refresh()
    (row,) = [row for row in place.table("media") if row["key"] == "evil.png"]
    assert (row["status"], row["kind"], row["extension"], row["size"]) == ("crashed", "unknown", ".png", len(png(2, 2)))
    assert "SIGSEGV" in row["error"]
    assert place.findings() == [("evil.png", "probe.crashed")]
    assert place.refresh().counts["probed"] == 0


def test_a_missed_deadline_is_retried_once(place: Place) -> None:
    place.put("a.png", png())
    place.put("slow.png", png(2, 2))
    place.runner.deaths = {"slow.png": Death(0, "deadline", "took longer than 30 s")}
    place.refresh()
    place.refresh()
    assert place.runner.given == ["slow.png"]
    assert place.refresh().counts["probed"] == 0
    assert place.statuses()["slow.png"] == "deadline"
    place.runner.deaths = {}
    place.put("slow.png", png(3, 3))
    place.refresh()
    assert place.statuses()["slow.png"] == "ok"


def test_objects_that_change_or_vanish_after_the_listing(place: Place) -> None:
    for name in ("a", "b", "c"):
        place.put(f"{name}.png", png())
    place.refresh()
    place.put("new.png", png())
    place.put("a.png", png(2, 2))
    place.put("b.png", png(3, 3))
    place.listed()
    place.delete("new.png")
    place.put("a.png", png(4, 4))
    place.delete("b.png")
    refresh_media(place.dataset(), runner=place.runner)
    assert place.statuses() == {"a.png": "changed", "b.png": "changed", "c.png": "ok"}
    place.refresh()
    assert place.runner.given == ["a.png"]
    assert place.statuses() == {"a.png": "ok", "c.png": "ok"}


def test_keys_are_redacted_in_the_verdict_and_whole_in_the_findings(place: Place) -> None:
    place.put("Doe_19800101.png", b"")
    outcome = place.refresh()
    assert "Doe" not in str(outcome.verdicts)
    assert place.findings() == [("Doe_19800101.png", "probe.empty")]


def test_progress_is_told_to_the_end(place: Place) -> None:
    told: list[tuple[str, int, int | None]] = []
    for number in range(300):
        place.put(f"{number}.png", png(seed=number))
    place.refresh(progress=lambda *now: told.append(now))
    assert ("probing", 300, 300) in told


def test_media_of_the_local_runner_equal_those_made_here(place: Place, tmp_path: Path) -> None:
    for number in range(20):
        place.put(f"{number}.png", png(seed=number))
    place.refresh(runner=lambda: LocalRunner(workers=1))
    there = place.table("media")
    place.settings["publish"] = str(tmp_path / "again")
    place.refresh()
    assert there == place.table("media")
    assert set(there[0]) == set(MEDIA.schema.names)


KILLED = """
import sys, time
from pathlib import Path
from labelport.runners.local import LocalRunner
from tests.labelport.probing.test_stage import Place

place = Place(Path(sys.argv[1]))
def progress(phase, done, total):
    print(phase, done, flush=True)
    if done >= 512:
        time.sleep(600)
place.refresh(runner=lambda: LocalRunner(workers=1), progress=progress)
"""


def until(true: Callable[[], object]) -> bool:
    """Wait until something outside is so."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_a_run_killed_in_the_middle_is_gone_on_with_by_the_next(place: Place) -> None:
    for number in range(1500):
        place.put(f"{number:04d}.png", png(seed=number))
    script = place.root / "run.py"
    script.write_text(KILLED)
    run = subprocess.Popen(
        [sys.executable, str(script), str(place.root)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "TMPDIR": str(place.root)},
    )
    assert run.stdout is not None
    assert any(line.startswith(b"probing 512") for line in run.stdout)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    outcome = place.refresh()
    assert (outcome.counts["resumed"], outcome.counts["probed"]) == (512, 1500 - 512)
    assert len(set(place.runner.given)) == 1500 - 512
    assert outcome.rows["media"] == 1500


def test_a_bucket_in_memory_cannot_be_read_by_workers_and_that_is_said(place: Place) -> None:
    place.settings["bucket"] = f"memory://{place.root.name}"
    place.dataset().bucket.put("a.png", png())
    with pytest.raises(SettingsError, match="no worker can read it"):
        place.refresh(runner=None)


KEYS = ("a.png", "b.jpg", "c/d.png", "c.txt")
BODIES = (b"", b"words\n", png(3, 3), jpeg(4, 4))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(KEYS), st.sampled_from(BODIES)),
        st.tuples(st.just("delete"), st.sampled_from(KEYS)),
        st.tuples(st.just("refresh")),
        st.tuples(st.just("refuse")),
        st.tuples(st.just("limit")),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_whatever_happened_the_catalogue_equals_one_made_from_nothing(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        (place.root / "raw").mkdir()
        usual = dict(place.settings)
        for clock, (step, *given_values) in enumerate(steps, start=1):
            if step == "put":
                place.put(*given_values)
                os.utime(place.root / "raw" / given_values[0], ns=(clock, clock))
            elif step == "delete" and (place.root / "raw" / given_values[0]).exists():
                place.delete(given_values[0])
            elif step == "refresh":
                place.refresh()
            elif step == "limit":
                place.settings = {"limits": {"errors_block": 1.0, "removed_share": 1.0, "max_probes_per_run": 1}}
                place.refresh()
            elif step == "refuse":
                place.settings = {"limits": {"errors_block": 0.0, "errors_warn": 0.0, "removed_share": 1.0}}
                with suppress(DraftRefused):
                    place.refresh()
            place.settings = dict(usual)
        place.refresh()
        reached, findings = place.table("media"), place.table("findings")
        place.settings = {**usual, "publish": str(place.root / "again")}
        place.refresh()
        assert reached == place.table("media")
        assert findings == place.table("findings")
