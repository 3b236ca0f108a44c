import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.catalogue.inventory import STAGE, refresh_inventory
from labelport.catalogue.outcome import DraftRefused, Outcome
from labelport.catalogue.stage import Stage
from labelport.errors import BucketError, CatalogueConflict
from labelport.events.contract import Queue
from labelport.settings import DatasetSettings
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.listing import Listing
from labelport.storage.memory import MemoryBucket, forget
from labelport.storage.opening import open_bucket

_clock = count(1_700_000_000)


@dataclass(frozen=True)
class Birds:
    """A dataset over two folders."""

    settings: DatasetSettings
    bucket: Bucket
    publish: Bucket

    def put(self, key: str, body: bytes = b"tweet") -> None:
        path = Path(self.bucket.uri, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (0, next(_clock)))

    def delete(self, *keys: str) -> None:
        for key in keys:
            Path(self.bucket.uri, key).unlink()

    def queue(self) -> Queue | None:
        return None

    def refresh(self, **options: Any) -> Outcome:
        return refresh_inventory(self, **options)

    def listed_keys(self) -> list[str]:
        return [str(row["key"]) for row in self.rows()]

    def rows(self, table: str = "inventory") -> list[dict[str, Any]]:
        return list(Stage(self.publish, STAGE, dataset="birds").require().table(table).to_pylist())

    def with_settings(self, **changes: Any) -> "Birds":
        return replace(self, settings=DatasetSettings(**{**self.settings.model_dump(), **changes}))


def birds_in(root: Path, **options: Any) -> Birds:
    (root / "bucket").mkdir(exist_ok=True)
    given = DatasetSettings(
        name="birds", **{"bucket": str(root / "bucket"), "publish": str(root / "derived"), **options}
    )
    return Birds(given, open_bucket(given.bucket_uri), open_bucket(given.publish, create=True))


def counts(outcome: Outcome) -> dict[str, int]:
    """Return the counts that are not zero."""
    return {name: count for name, count in outcome.counts.items() if count}


@pytest.fixture
def birds(tmp_path: Path) -> Birds:
    made = birds_in(tmp_path)
    for number in range(10):
        made.put(f"dawn/{number}.wav")
    return made


def test_a_first_run_lists_everything(birds: Birds) -> None:
    outcome = birds.refresh()
    assert outcome.changed
    assert counts(outcome) == {"listed": 10, "added": 10}
    assert outcome.rows["inventory"] == 10
    assert [verdict.name for verdict in outcome.verdicts] == ["removed_share", "not_empty"]
    assert all(verdict.passed for verdict in outcome.verdicts)
    assert birds.rows()[0]["size"] == 5
    assert birds.rows()[0]["token"] == birds.bucket.head("dawn/0.wav").token


def test_an_unchanged_folder_writes_nothing_and_keeps_its_version(birds: Birds) -> None:
    first = birds.refresh()
    before = sorted(Path(birds.publish.uri).rglob("*"))
    second = birds.refresh()
    assert not second.changed
    assert counts(second) == {"listed": 10, "same": 10}
    assert (second.generation, second.content_version) == (first.generation, first.content_version)
    assert (second.cost["copies"], second.cost["shards_written"]) == (0, 0)
    assert sorted(Path(birds.publish.uri).rglob("*")) == before


def test_new_overwritten_and_deleted_objects_are_counted_and_shown(birds: Birds) -> None:
    first = birds.refresh()
    birds.put("dawn/new.wav")
    birds.put("dawn/3.wav", b"other")
    birds.delete("dawn/4.wav")
    outcome = birds.refresh()
    assert counts(outcome) == {"listed": 10, "added": 1, "changed": 1, "deleted": 1, "same": 8}
    assert outcome.content_version != first.content_version
    assert birds.listed_keys() == sorted([*(f"dawn/{n}.wav" for n in range(10) if n != 4), "dawn/new.wav"])
    assert birds.rows()[3]["token"] == birds.bucket.head("dawn/3.wav").token


def test_a_change_that_is_undone_has_the_old_version_again(birds: Birds) -> None:
    first = birds.refresh()
    birds.put("extra")
    assert birds.refresh().content_version != first.content_version
    birds.delete("extra")
    assert birds.refresh().content_version == first.content_version


def test_a_listing_that_lost_too_much_is_refused_and_the_old_generation_stays(birds: Birds) -> None:
    first = birds.refresh()
    birds.delete(*(f"dawn/{number}.wav" for number in range(3)))
    with pytest.raises(DraftRefused, match="3 of 10 objects") as refused:
        birds.refresh()
    assert [verdict.passed for verdict in refused.value.verdicts] == [False, True]
    assert refused.value.verdicts[0].evidence["examples"] == ["dawn/0.wav", "dawn/1.wav", "dawn/2.wav"]
    assert len(birds.listed_keys()) == 10
    lifted = birds.refresh(allow_removed=True)
    assert lifted.counts["deleted"] == 3
    assert lifted.generation != first.generation
    assert len(birds.listed_keys()) == 7
    assert not birds.refresh().changed


def test_a_share_below_the_limit_passes(birds: Birds) -> None:
    birds.refresh()
    birds.delete("dawn/0.wav", "dawn/1.wav")
    assert birds.refresh().counts["deleted"] == 2


def test_the_limit_is_that_of_the_settings(birds: Birds) -> None:
    birds.refresh()
    birds.delete("dawn/0.wav")
    with pytest.raises(DraftRefused):
        birds.with_settings(limits={"removed_share": 0.05}).refresh()


def test_an_emptied_folder_is_refused_and_lifted_once_it_stays_allowed(birds: Birds) -> None:
    birds.refresh()
    birds.delete(*(f"dawn/{number}.wav" for number in range(10)))
    with pytest.raises(DraftRefused, match="allow_removed"):
        birds.with_settings(limits={"removed_share": 1.0}).refresh()
    assert len(birds.listed_keys()) == 10
    assert birds.refresh(allow_removed=True).rows["inventory"] == 0
    assert birds.listed_keys() == []
    assert not birds.refresh().changed
    birds.put("again")
    assert birds.refresh().counts["added"] == 1


def test_an_empty_first_listing_is_refused_with_the_folder_named(tmp_path: Path) -> None:
    birds = birds_in(tmp_path)
    with pytest.raises(DraftRefused, match="bucket that the settings take"):
        birds.refresh()
    assert Stage(birds.publish, STAGE, dataset="birds").current() is None


def test_an_absent_folder_is_an_error_and_no_deletion(birds: Birds) -> None:
    birds.refresh()
    Path(birds.bucket.uri).rename(Path(birds.bucket.uri).parent / "unmounted")
    with pytest.raises(BucketError, match="not there"):
        birds.refresh(allow_removed=True)
    assert len(birds.listed_keys()) == 10


def test_a_listing_that_breaks_off_changes_nothing(birds: Birds) -> None:
    birds.refresh()

    class Breaking(FolderBucket):
        def list(self, prefix: str = "") -> Listing:
            whole = super().list(prefix)

            def half() -> Any:
                yield next(whole).slice(0, 9)
                raise BucketError("the server went away")

            return Listing(half(), whole.notes)

    with pytest.raises(BucketError, match="went away"):
        replace(birds, bucket=Breaking(birds.bucket.uri)).refresh()
    assert len(birds.listed_keys()) == 10


def test_changed_globs_change_the_inventory(birds: Birds) -> None:
    birds.put("notes.txt")
    birds.refresh()
    narrowed = birds.with_settings(exclude=["*.txt"]).refresh()
    assert narrowed.counts["deleted"] == 1
    assert "notes.txt" not in birds.listed_keys()


def test_changed_globs_that_choose_the_same_keep_the_version_and_carry_the_rows_over(birds: Birds) -> None:
    first = birds.refresh()
    other = birds.with_settings(exclude=["*.nothing"])
    second = other.refresh()
    assert second.changed
    assert second.content_version == first.content_version
    assert second.cost["copies"] >= 1
    assert not other.refresh().changed


def test_a_publish_folder_inside_the_bucket_is_not_listed(tmp_path: Path) -> None:
    birds = birds_in(tmp_path, publish=str(tmp_path / "bucket/derived"))
    birds.put("x.wav")
    birds.put("derived.wav")
    birds.refresh()
    birds.put("derived/renditions/x.png")
    assert not birds.refresh().changed
    assert birds.listed_keys() == ["derived.wav", "x.wav"]


def test_what_was_left_out_is_a_finding_in_plain_words(birds: Birds) -> None:
    birds.refresh()
    Path(birds.bucket.uri, "out").symlink_to("/etc")
    outcome = birds.refresh()
    assert outcome.changed  # the findings are new
    assert outcome.counts["same"] == 10
    assert outcome.findings["warning"] == 1
    [row] = birds.rows("findings")
    assert (row["stage"], row["code"], row["count"], row["value"]) == (STAGE, "inventory.link_outside", 1, "out")
    assert "not followed" in row["message"]
    assert not birds.refresh().changed


def test_folder_markers_are_counted_as_a_finding(tmp_path: Path) -> None:
    forget("markers")
    bucket = MemoryBucket("markers")
    for key in ("a/", "a/x.wav"):
        bucket.put(key, b"" if key.endswith("/") else b"1")
    birds = replace(birds_in(tmp_path), bucket=bucket)
    outcome = birds.refresh()
    assert outcome.counts["listed"] == 1
    assert outcome.findings["info"] == 1


def test_names_that_may_identify_are_redacted_in_findings_and_evidence(tmp_path: Path) -> None:
    birds = birds_in(tmp_path)
    birds.put("patient/doe.wav")
    birds.put("x.wav")
    Path(birds.bucket.uri, "DOE^JANE").symlink_to("/etc")
    birds.refresh()
    [row] = birds.rows("findings")
    assert "DOE" not in row["message"] + row["value"]
    birds.delete("patient/doe.wav")
    with pytest.raises(DraftRefused) as refused:
        birds.refresh()
    assert "doe" not in str(refused.value.verdicts)


def test_a_publication_in_between_is_a_conflict_and_its_rows_stay(birds: Birds) -> None:
    birds.refresh()
    birds.put("mine.wav")
    other = replace(birds)
    told: list[str] = []

    def meanwhile(phase: str, done: int, total: int | None) -> None:
        if phase == "publishing" and not told:
            told.append(phase)
            other.put("theirs.wav")
            other.refresh()

    with pytest.raises(CatalogueConflict):
        birds.refresh(progress=meanwhile)
    assert {"mine.wav", "theirs.wav"} <= set(birds.listed_keys())


def test_progress_tells_how_many_objects_were_listed(birds: Birds) -> None:
    told: list[tuple[str, int, int | None]] = []
    birds.refresh(progress=lambda phase, done, total: told.append((phase, done, total)))
    assert ("listing", 10, None) in told


def test_old_generations_are_collected(birds: Birds) -> None:
    kept = birds.with_settings(retention={"generations": 2, "days": 0})
    for number in range(5):
        kept.put(f"new/{number}")
        kept.refresh()
    generations = Path(birds.publish.uri, "catalogue", STAGE, "generations")
    assert len(list(generations.iterdir())) == 2


def test_memory_is_a_bucket_and_a_catalogue_too() -> None:
    for name in ("inventory", "inventory-derived"):
        forget(name)
    given = DatasetSettings(name="birds", bucket="memory://inventory", publish="memory://inventory-derived")
    birds = Birds(given, open_bucket(given.bucket_uri), open_bucket(given.publish))
    birds.bucket.put("a", b"1")
    birds.bucket.put("a/1", b"2")
    assert birds.refresh().counts["added"] == 2
    assert birds.listed_keys() == ["a", "a/1"]
    assert birds.rows()[0]["etag"] == birds.rows()[0]["token"]


KEYS = st.sampled_from(["a", "b", "c/1", "c/2", "c.x", "é", "z/y/x"])
STEPS = st.lists(st.tuples(st.sampled_from(["put", "delete", "refresh"]), KEYS, st.binary(max_size=3)), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_the_inventory_equals_one_made_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, bytes]]
) -> None:
    root = tmp_path_factory.mktemp("birds")
    birds = birds_in(root)
    act: dict[str, Callable[[str, bytes], object]] = {
        "put": birds.put,
        "delete": lambda key, _: Path(birds.bucket.uri, key).unlink(missing_ok=True),
        "refresh": lambda *_: birds.refresh(allow_removed=True),
    }
    for step, key, body in steps:
        act[step](key, body)
    grown = birds.refresh(allow_removed=True)
    fresh = birds_in(root, publish=str(root / "fresh"))
    anew = fresh.refresh(allow_removed=True)
    assert birds.rows() == fresh.rows()
    assert grown.content_version == anew.content_version
