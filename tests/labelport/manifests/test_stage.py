"""The stage on tables made here: what is written, what is refused, and what a second run does not do."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from PIL import Image

from labelport.catalogue.outcome import DraftRefused
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.manifests.stage import code_version, refresh_manifest
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket, Got, ListedObject
from labelport.storage.opening import open_bucket
from labelport.tables import ITEMS, MEDIA, RENDITIONS, SERIES, Table
from labelport.testing.manifest import USE, InlineRunner, Prefix, Row, made_prefix, media_row, rendered_prefix


class CountingBucket:
    """A bucket that counts what is written to it."""

    def __init__(self, inner: Bucket) -> None:
        self.inner = inner
        self.uri = inner.uri
        self.writes: list[str] = []

    def list(self, prefix: str = "") -> Iterator[pa.RecordBatch]:
        return self.inner.list(prefix)

    def head(self, key: str) -> ListedObject:
        return self.inner.head(key)

    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        return self.inner.read_range(key, start, length, token=token)

    def get(self, key: str) -> Got:
        return self.inner.get(key)

    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        self.writes.append(key)
        return self.inner.put(key, body, if_match=if_match, if_none_match=if_none_match)

    def copy(self, source: str, target: str) -> None:
        self.writes.append(target)
        self.inner.copy(source, target)

    def delete(self, key: str) -> None:
        self.writes.append(key)
        self.inner.delete(key)

    def url(self, key: str) -> str:
        return self.inner.url(key)


def dataset_in(folder: Path, *manifests: dict[str, Any]) -> Dataset:
    settings = DatasetSettings(
        name="made",
        bucket=str(folder / "raw"),
        publish=str(folder / "derived"),
        manifests=list(manifests) or [{"platform": "cvat"}],
    )
    publish = CountingBucket(open_bucket(settings.publish, create=True))
    return Dataset(settings, open_bucket(settings.bucket_uri, create=True), publish)


def writes(dataset: Dataset) -> list[str]:
    assert isinstance(dataset.publish, CountingBucket)
    return dataset.publish.writes


def publish_rows(dataset: Dataset, prefix: Prefix) -> None:
    """Publish the stages series and media_metadata as these rows."""
    _publish(dataset, "media_metadata", {MEDIA.name: (MEDIA, prefix.media)})
    _publish(dataset, "series", {SERIES.name: (SERIES, prefix.series), ITEMS.name: (ITEMS, prefix.items)})


def _publish(dataset: Dataset, name: str, tables: dict[str, tuple[Table, Sequence[Row]]]) -> None:
    stage = Stage(dataset.publish, name, dataset=dataset.name)
    draft = stage.draft(stage.current())
    for table, rows in tables.values():
        ordered = sorted(rows, key=lambda row: tuple(_bytes(row[column]) for column in table.key))
        draft.write(table.name, [pa.Table.from_pylist(ordered, schema=table.schema)])
    draft.seal(inputs={}, code_version="test", settings_hash="test")
    draft.publish()


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def shown(dataset: Dataset, name: str = "cvat") -> dict[str, bytes]:
    folder = Path(dataset.settings.publish) / "manifests" / name
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def names_in(manifest: bytes) -> list[str]:
    return [json.loads(line)["name"] for line in manifest.splitlines()[2:]]


def test_a_run_publishes_the_files_and_shows_them_under_fixed_names(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_rows(dataset, made_prefix())
    outcome = refresh_manifest(dataset, "cvat")
    generation = Stage(dataset.publish, "cvat_manifest", dataset="made").require()
    files = shown(dataset)
    assert files.pop("LIVE").decode().strip() == generation.id == outcome.generation
    assert files == {name: generation.read_file(name) for name in generation.files()}
    assert sorted(files) == ["cvat.README.txt", "images/index.json", "images/manifest.jsonl"]
    assert outcome.changed
    assert outcome.counts["entries"] == len(names_in(files["images/manifest.jsonl"])) == 20
    assert [(v.name, v.passed, v.blocking) for v in outcome.verdicts] == [
        ("valid_for_platform", True, True),
        ("media_taken", False, False),  # a stack of DICOM needs a rendition
        *((group, True, False) for group in ("addresses", "grouping", "privacy", "batches", "format")),
    ]
    assert outcome.verdicts[1].evidence == {"manifest.needs_rendition": 1}
    uploads = generation.table("uploads").to_pylist()
    assert {row["state"] for row in uploads} == {"new"}
    assert outcome.counts["series"] == len(uploads) == len(made_prefix().series) - 1  # all but the stack


def test_a_second_run_writes_nothing_and_yields_the_same_content_version(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_rows(dataset, made_prefix())
    first = refresh_manifest(dataset, "cvat")
    writes(dataset).clear()
    second = refresh_manifest(dataset, "cvat")
    assert writes(dataset) == []
    assert not second.changed
    assert (second.content_version, second.generation) == (first.content_version, first.generation)
    assert second.verdicts == first.verdicts
    assert second.findings == first.findings


def test_a_copy_that_a_killed_run_left_unfinished_is_finished_by_the_next(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_rows(dataset, made_prefix())
    refresh_manifest(dataset, "cvat")
    wanted = shown(dataset)
    dataset.publish.put("manifests/cvat/images/manifest.jsonl", b"half")
    dataset.publish.put("manifests/cvat/LIVE", b"an older one\n")
    outcome = refresh_manifest(dataset, "cvat")
    assert not outcome.changed
    assert shown(dataset) == wanted


def test_files_of_deleted_videos_go_and_other_files_are_not_written_again(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, {"platform": "centaur"})
    prefix = made_prefix()
    publish_rows(dataset, prefix)
    refresh_manifest(dataset, "centaur")
    dicom = shown(dataset, "centaur")["centaur.dicom.csv"]
    gone = {row["series_id"] for row in prefix.series if row["group_key"] != "ct/s"}
    prefix.series = [row for row in prefix.series if row["series_id"] not in gone]
    prefix.items = [row for row in prefix.items if row["series_id"] not in gone]
    publish_rows(dataset, prefix)
    writes(dataset).clear()
    assert refresh_manifest(dataset, "centaur").changed
    assert "centaur.draft.csv" not in shown(dataset, "centaur")
    assert shown(dataset, "centaur")["centaur.dicom.csv"] == dicom
    assert "manifests/centaur/centaur.dicom.csv" not in writes(dataset)


def test_an_empty_manifest_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_rows(dataset, made_prefix())
    refresh_manifest(dataset, "cvat")
    before = shown(dataset)
    publish_rows(dataset, Prefix())
    with pytest.raises(DraftRefused, match=r"manifest\.empty"):
        refresh_manifest(dataset, "cvat")
    assert shown(dataset) == before


def test_strict_refuses_a_manifest_that_leaves_anything_out(tmp_path: Path) -> None:
    prefix = made_prefix()
    prefix.media.append(media_row("broken.png", status="unreadable"))
    lenient = dataset_in(tmp_path / "lenient", {"platform": "cvat", "where": {"kind": "image"}})
    strict = dataset_in(tmp_path / "strict", {"platform": "cvat", "where": {"kind": "image"}, "strict": True})
    publish_rows(lenient, prefix)
    publish_rows(strict, prefix)
    assert refresh_manifest(lenient, "cvat").counts["skipped"] == 1
    with pytest.raises(DraftRefused, match="strict"):
        refresh_manifest(strict, "cvat")
    assert shown(strict) == {}


def test_only_new_and_overwritten_images_are_decoded(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, {"platform": "cvat", "mode": "exact"})
    assert decoded(dataset, {"a.png": 1, "b.png": 2, "c.png": 3}) == 3
    assert decoded(dataset, {"a.png": 1, "b.png": 9, "d.png": 4}) == 2
    assert names_in(shown(dataset)["images/manifest.jsonl"]) == ["a", "b", "d"]


def decoded(dataset: Dataset, pixels: dict[str, int]) -> int:
    """Write images of these grey values, run the stage, and return how many images it decoded."""
    prefix = Prefix()
    for key, grey in pixels.items():
        path = Path(dataset.settings.bucket_uri) / key
        if not path.exists() or Image.open(path).getpixel((0, 0)) != grey:
            path.unlink(missing_ok=True)
            Image.new("L", (4 + grey, 3), grey).save(path)
        listed = dataset.bucket.head(key)
        prefix.add(key, [media_row(key, token=listed.token, size=listed.size)])
    publish_rows(dataset, prefix)
    runner = InlineRunner()
    refresh_manifest(dataset, "cvat", runner=lambda: runner)
    return runner.objects


def test_new_bytes_under_an_old_name_change_the_content_hash_of_their_series_alone(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)

    def hashes(token: str) -> dict[str, str]:
        prefix = Prefix()
        prefix.add("a", [media_row("a.png", token=token)])
        prefix.add("b", [media_row("b.png")])
        publish_rows(dataset, prefix)
        refresh_manifest(dataset, "cvat")
        rows = Stage(dataset.publish, "cvat_manifest", dataset="made").require().table("uploads").to_pylist()
        keys = {row["series_id"]: row["group_key"] for row in prefix.series}
        return {keys[row["series_id"]]: row["content_hash"] for row in rows}

    first, second = hashes("1"), hashes("2")
    assert first["a"] != second["a"]
    assert first["b"] == second["b"]


def test_options_of_one_manifest_leave_another_as_it_is(tmp_path: Path) -> None:
    first = dataset_in(tmp_path, {"platform": "cvat"}, {"platform": "cvat", "name": "half", "where": {"key": "us/**"}})
    publish_rows(first, made_prefix())
    refresh_manifest(first, "cvat")
    refresh_manifest(first, "half")
    assert len(names_in(shown(first, "half")["images/manifest.jsonl"])) == 15
    second = dataset_in(tmp_path, {"platform": "cvat"}, {"platform": "cvat", "name": "half", "where": {"key": "b/**"}})
    assert not refresh_manifest(second, "cvat").changed
    assert refresh_manifest(second, "half").changed


def test_the_decoders_are_part_of_the_code_version_where_the_bytes_depend_on_them() -> None:
    from labelport.manifests.cvat import CvatOptions

    assert "av-" in code_version(CvatOptions())
    assert "av-" not in code_version(CvatOptions(video="skip"))
    assert "Pillow-" in code_version(CvatOptions(video="skip", mode="exact"))
    assert "natsort-" in code_version(CvatOptions(sorting="natural"))


def test_an_unknown_manifest_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        refresh_manifest(dataset_in(tmp_path), "nobody")


def test_another_endpoint_of_the_store_calls_the_objects_by_other_addresses_and_writes_anew(tmp_path: Path) -> None:
    there = dataset_in(tmp_path, {"platform": "encord"})
    publish_rows(there, made_prefix())

    def written(endpoint: str) -> bytes:
        store = Connection(endpoint=endpoint, region="us-east-1", addressing="path")
        bucket = open_bucket("s3://acme/made/", connection=store)
        refresh_manifest(replace(there, bucket=bucket), "encord")
        return shown(there, "encord")["encord.json"]

    assert b"https://one.example.com/acme/made/" in written("https://one.example.com")
    assert b"https://two.example.com/acme/made/" in written("https://two.example.com")


def test_renditions_stand_in_place_of_the_originals_and_new_ones_are_a_change_of_the_batch(tmp_path: Path) -> None:
    raw = dataset_in(tmp_path, {"platform": "cvat", "delta": True})
    options = raw.settings.manifests[0].model_copy(update={"use": USE})
    dataset = replace(raw, settings=raw.settings.model_copy(update={"manifests": [options]}))
    prefix, ids = rendered_prefix()
    publish_rows(dataset, prefix)
    with pytest.raises(DraftRefused, match=r"manifest\.rendition_missing"):
        refresh_manifest(dataset, "cvat")
    _publish(dataset, "renditions", {RENDITIONS.name: (RENDITIONS, prefix.renditions)})
    first = refresh_manifest(dataset, "cvat")
    assert not any("unrendered" in name for name in names_in(shown(dataset)["images/manifest.jsonl"]))
    uploads = Stage(dataset.publish, "cvat_manifest", dataset="made").require().table("uploads").to_pylist()
    assert ids["clip"] in {row["series_id"] for row in uploads}
    assert ids["lacking"] not in {row["series_id"] for row in uploads}
    assert not refresh_manifest(dataset, "cvat").changed

    drawn_anew = [{**row, "md5": "0" * 32} if row["series_id"] == ids["clip"] else row for row in prefix.renditions]
    _publish(dataset, "renditions", {RENDITIONS.name: (RENDITIONS, drawn_anew)})
    second = refresh_manifest(dataset, "cvat")
    assert (first.counts["added"], second.counts["changed"]) == (len(uploads), 1)


def test_a_template_that_comes_or_changes_writes_the_manifest_anew_and_its_ids_are_in_it(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, {"platform": "centaur", "template": "template.csv", "delta": True})
    prefix = Prefix()
    prefix.add("us/case9", [media_row(f"us/case9/f{n}.png") for n in range(2)], kind="frames", rule="pattern")
    publish_rows(dataset, prefix)
    refresh_manifest(dataset, "centaur")
    assert "centaur.draft.csv" in shown(dataset, "centaur")
    header = "content_id,origin,series,series_index,notes\n"
    rows = {"501": "us/case9/f1.png", "502": "us/case9/f0.png", "503": "other.png"}
    template = header + "".join(f"{content},{origin},,,\n" for content, origin in rows.items())
    dataset.bucket.put("template.csv", template.encode())
    assert refresh_manifest(dataset, "centaur").changed
    files = shown(dataset, "centaur")
    assert [line.split(",")[0] for line in files["centaur.csv"].decode().splitlines()[1:]] == ["501", "502", "503"]
    assert [line.split(",")[0] for line in files["batch-0001.csv"].decode().splitlines()[1:]] == ["501", "502"]
    assert not refresh_manifest(dataset, "centaur").changed
    dataset.bucket.put("template.csv", template.replace("501", "601").encode())
    refresh_manifest(dataset, "centaur")
    assert b"601,us/case9/f1.png" in shown(dataset, "centaur")["centaur.csv"]
