"""The stage on a real catalogue: what is published, what a second run does not do, and what is carried over."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.errors import SettingsError, StageAbsent
from labelport.series.builder import SeriesIdTaken
from labelport.series.pattern import PatternRule
from labelport.series.stage import STAGE, code_version, refresh_series, settings_hash
from labelport.settings import DatasetSettings
from labelport.storage.opening import open_bucket
from labelport.tables import MEDIA
from tests.labelport.series.made import Row, media_row

FRAMES = {"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\d+)\.png$"}
RULES = [FRAMES, {"rule": "video"}, {"rule": "single"}]


def dataset_in(folder: Path, rules: Sequence[dict[str, Any]] = RULES, **more: Any) -> Dataset:
    given = DatasetSettings(
        name="made", bucket=str(folder / "raw"), publish=str(folder / "derived"), series=list(rules), **more
    )
    return Dataset(given, open_bucket(given.bucket_uri, create=True), open_bucket(given.publish, create=True))


def publish_media(dataset: Dataset, rows: Sequence[Row]) -> None:
    """Publish the stage media_metadata as these rows."""
    stage = Stage(dataset.publish, "media_metadata", dataset=dataset.name)
    draft = stage.draft(stage.current())
    ordered = sorted(rows, key=lambda row: str(row["key"]).encode())
    draft.write("media", [pa.Table.from_pylist(ordered, schema=MEDIA.schema)])
    draft.seal(inputs={}, code_version="test", settings_hash="test")
    draft.publish()


def live(dataset: Dataset) -> Generation:
    return Stage(dataset.publish, STAGE, dataset=dataset.name).require()


def rows_of(generation: Generation) -> dict[str, list[Row]]:
    return {name: generation.table(name).to_pylist() for name in ("series", "items", "claims", "findings")}


MADE = [
    *(media_row(f"{case}/f{n}.png") for case in "ab" for n in range(3)),
    media_row("c.mp4", "video"),
    media_row("d.wav", "audio"),
    media_row("e.png", status="empty"),
]


def test_a_run_publishes_series_items_claims_and_findings(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_media(dataset, MADE)
    outcome = refresh_series(dataset)
    assert outcome.changed
    assert outcome.rows == {"series": 4, "items": 8, "claims": 9, "findings": 1}
    assert outcome.counts == {
        "series": 4,
        "items": 8,
        "groups_built": 4,
        "groups_kept": 0,
        "groups_removed": 0,
        "claimed": 8,
        "ungrouped": 0,
        "added": 9,
        "changed": 0,
        "deleted": 0,
    }
    assert outcome.findings == {"error": 0, "warning": 0, "info": 1, "loss": 0}
    (verdict,) = outcome.verdicts
    assert (verdict.name, verdict.passed, verdict.blocking) == ("complete", True, False)
    assert verdict.evidence["codes"] == {"series.not_usable": 1}


def test_an_unchanged_run_publishes_nothing_and_says_so(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_media(dataset, MADE)
    first = refresh_series(dataset)
    second = refresh_series(dataset)
    assert (second.changed, second.generation) == (False, first.generation)
    assert second.content_version == first.content_version
    assert (second.counts["groups_built"], second.counts["groups_kept"]) == (0, 4)
    assert second.verdicts == first.verdicts


def test_without_media_there_is_nothing_to_group(tmp_path: Path) -> None:
    with pytest.raises(StageAbsent, match="media_metadata of made was never published"):
        refresh_series(dataset_in(tmp_path))


def test_added_overwritten_and_removed_objects_touch_their_groups_alone(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_media(dataset, MADE)
    before = refresh_series(dataset)
    changed = [
        media_row("a/f3.png"),
        media_row("c.mp4", "video", token="t2"),
        *(r for r in MADE if r["key"] not in ("c.mp4", "d.wav")),
    ]
    publish_media(dataset, changed)
    outcome = refresh_series(dataset)
    counts = {name: outcome.counts[name] for name in ("groups_built", "groups_kept", "groups_removed")}
    assert counts == {"groups_built": 2, "groups_kept": 1, "groups_removed": 1}
    assert outcome.content_version != before.content_version
    keys = [row["key"] for row in rows_of(live(dataset))["items"]]
    assert "a/f3.png" in keys
    assert "d.wav" not in keys


def test_errors_warn_and_do_not_block(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, [{"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\w+)\.png$"}])
    publish_media(dataset, [media_row("a/f1.png"), media_row("a/fx.png")])
    (verdict,) = refresh_series(dataset).verdicts
    assert (verdict.passed, verdict.blocking) == (False, False)
    assert verdict.evidence["codes"] == {"pattern.bad_index": 1}
    assert verdict.message == "Series: 1, errors: 1. See the findings."


def test_another_version_of_a_rule_is_another_code_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = dataset_in(tmp_path)
    publish_media(dataset, MADE)
    refresh_series(dataset)
    before = code_version(dataset.settings)
    monkeypatch.setattr(PatternRule, "version", "next")
    assert code_version(dataset.settings) != before
    outcome = refresh_series(dataset)
    assert (outcome.counts["groups_built"], outcome.counts["groups_kept"], outcome.changed) == (2, 2, True)


def test_only_settings_that_series_depend_on_are_in_the_hash(tmp_path: Path) -> None:
    one = settings_hash(dataset_in(tmp_path).settings)
    assert settings_hash(dataset_in(tmp_path, poll="1h").settings) == one
    assert settings_hash(dataset_in(tmp_path, RULES[:2]).settings) != one


def test_another_key_of_the_project_renames_all_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELPORT_TEST_KEY", "one")
    dataset = dataset_in(tmp_path, privacy={"key_env": "LABELPORT_TEST_KEY"})
    publish_media(dataset, MADE)
    refresh_series(dataset)
    before = {row["series_id"] for row in rows_of(live(dataset))["series"]}
    monkeypatch.setenv("LABELPORT_TEST_KEY", "two")
    assert refresh_series(dataset).changed
    after = {row["series_id"] for row in rows_of(live(dataset))["series"]}
    assert len(after) == len(before)
    assert not after & before


def test_the_newest_series_are_remembered(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_media(dataset, MADE)
    refresh_series(dataset)
    publish_media(dataset, [*MADE, media_row("new.png")])
    refresh_series(dataset)
    newest = live(dataset).extras["newest"]
    groups = {row["series_id"]: row["group_key"] for row in rows_of(live(dataset))["series"]}
    assert groups[newest[0]] == "new.png"
    assert len(newest) == 5


def test_a_series_of_two_groups_leaves_the_live_generation_alone(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, [FRAMES, {"rule": "pattern", "match": r"(?P<series>.+)/g\d+\.png$"}])
    publish_media(dataset, [media_row("a/f1.png")])
    before = refresh_series(dataset).generation
    publish_media(dataset, [media_row("a/f1.png"), media_row("a/g1.png")])
    with pytest.raises(SeriesIdTaken):
        refresh_series(dataset)
    assert live(dataset).id == before


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(history=st.lists(st.sets(st.sampled_from(range(len(MADE)))), min_size=2, max_size=4))
def test_the_catalogue_is_the_same_whatever_its_history(
    tmp_path_factory: pytest.TempPathFactory, history: list[set[int]]
) -> None:
    dataset = dataset_in(tmp_path_factory.mktemp("grown"))
    for chosen in history:
        publish_media(dataset, [MADE[number] for number in chosen])
        outcome = refresh_series(dataset)
    anew = dataset_in(tmp_path_factory.mktemp("anew"))
    publish_media(anew, [MADE[number] for number in history[-1]])
    assert refresh_series(anew).content_version == outcome.content_version
    assert rows_of(live(anew)) == rows_of(live(dataset))


TABLE = {"rule": "table", "path": "lists/table.csv"}
VALUES = {"path": "values.csv", "columns": {"site": "notes"}}


def built_of(dataset: Dataset) -> dict[str, int]:
    counts = refresh_series(dataset).counts
    return {name: counts[f"groups_{name}"] for name in ("built", "kept", "removed")}


def test_a_changed_table_builds_the_series_of_its_changed_rows_alone(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, [TABLE, {"rule": "single"}])
    publish_media(dataset, MADE)
    rows = "a/f0.png,s\na/f1.png,s\nb/f0.png,t\n"
    dataset.bucket.put("lists/table.csv", f"key,series\n{rows}".encode())
    assert built_of(dataset) == {"built": 7, "kept": 0, "removed": 0}
    assert built_of(dataset) == {"built": 0, "kept": 7, "removed": 0}
    dataset.bucket.put("lists/table.csv", f"key,series\n\n{rows}a/f2.png,t\n".encode())
    assert built_of(dataset) == {"built": 1, "kept": 5, "removed": 1}
    assert live(dataset).stamp.inputs == {
        "media_metadata": Stage(dataset.publish, "media_metadata", dataset="made").require().stamp.content_version,
        "file:lists/table.csv": dataset.file_token("lists/table.csv"),
    }
    dataset.bucket.put("lists/table.csv", f"key;series\n{rows}a/f2.png,t\n".replace(",", ";").encode())
    assert built_of(dataset) == {"built": 0, "kept": 6, "removed": 0}


def test_changed_values_rejoin_the_series_of_their_rows_alone(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, metadata=VALUES)
    publish_media(dataset, MADE)
    dataset.bucket.put("values.csv", b"key,site\na/f0.png,north\n")
    assert built_of(dataset) == {"built": 4, "kept": 0, "removed": 0}
    dataset.bucket.put("values.csv", b"key,site\nb/f0.png,south\na/f0.png,north\n")
    assert built_of(dataset) == {"built": 1, "kept": 3, "removed": 0}
    assert {row["key"]: row["notes"] for row in rows_of(live(dataset))["items"] if row["notes"]} == {
        "a/f0.png": [("notes:site", "north")],
        "b/f0.png": [("notes:site", "south")],
    }
    dataset.bucket.put("values.csv", b"key,site,more\nb/f0.png,south,x\na/f0.png,north,y\nz.png,,\n")
    outcome = refresh_series(dataset)
    assert (outcome.counts["groups_built"], outcome.changed) == (0, False)
    assert outcome.findings["warning"] == 1


@pytest.mark.parametrize(
    ("rules", "more", "body", "words"),
    [
        ([*RULES, TABLE], {}, None, r"series rule 4 \(table\): there is no file lists/table.csv"),
        ([*RULES, TABLE], {}, b"key,clip\n", r"series rule 4 \(table\): lists/table.csv has no column series"),
        (
            [{"rule": "audio_image", "table": {"path": "lists/table.csv"}}],
            {},
            b"\xff\xfe",
            r"series rule 1 \(audio_image\): lists/table.csv is not UTF-8",
        ),
        (
            RULES,
            {"metadata": {**VALUES, "path": "lists/table.csv"}},
            None,
            "metadata: there is no file lists/table.csv",
        ),
        (
            RULES,
            {"metadata": {**VALUES, "path": "lists/table.csv"}},
            b"file\n",
            "metadata: lists/table.csv has no column key",
        ),
    ],
)
def test_a_table_that_cannot_be_used_leaves_the_series_as_they_are(
    tmp_path: Path, rules: list[dict[str, Any]], more: dict[str, Any], body: bytes | None, words: str
) -> None:
    publish_media(dataset_in(tmp_path), MADE)
    before = refresh_series(dataset_in(tmp_path)).generation
    dataset = dataset_in(tmp_path, rules, **more)
    if body is not None:
        dataset.bucket.put("lists/table.csv", body)
    with pytest.raises(SettingsError, match=words):
        refresh_series(dataset)
    assert live(dataset).id == before


def test_a_table_that_vanishes_does_not_hand_its_objects_to_other_rules(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, [TABLE, {"rule": "single"}])
    publish_media(dataset, MADE)
    dataset.bucket.put("lists/table.csv", b"key,series\na/f0.png,s\n")
    before = refresh_series(dataset).generation
    dataset.bucket.delete("lists/table.csv")
    with pytest.raises(SettingsError, match="there is no file"):
        refresh_series(dataset)
    assert live(dataset).id == before


def test_recordings_that_come_and_go_are_the_same_in_the_catalogue_whatever_the_history(tmp_path: Path) -> None:
    rules = [{"rule": "audio_image"}, {"rule": "single"}]
    every = [
        media_row(f"{n}.{kind}", "audio" if kind == "wav" else "image") for n in range(5) for kind in ("png", "wav")
    ]
    grown, anew = dataset_in(tmp_path / "grown", rules), dataset_in(tmp_path / "anew", rules)
    for step in (every[::2], every, every[1:], [row for row in every if row["key"] not in ("1.wav", "2.png")]):
        publish_media(grown, step)
        outcome = refresh_series(grown)
    publish_media(anew, step)
    assert refresh_series(anew).content_version == outcome.content_version
    assert rows_of(live(anew)) == rows_of(live(grown))
    assert outcome.counts["groups_built"] == 3
