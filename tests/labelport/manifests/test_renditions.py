import copy
import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.findings import Finding
from labelport.manifests.contract import Series
from labelport.manifests.encord import Encord, EncordOptions
from labelport.manifests.reading import TableSeries
from labelport.manifests.renditions import (
    COLUMNS,
    MOST_LISTED,
    RenditionSeries,
    SortedRenditions,
    as_shown,
    rendition_rows,
)
from labelport.manifests.selection import MAIN_ROLES
from labelport.tables import RENDITIONS
from labelport.testing.manifest import USE, Prefix, Row, emit_to, media_row, rendered_prefix

BAD = ("missing", "failed", "blocked", "stale", "doubled", "incomplete")
"""What makes an item's renditions unusable."""

HARMLESS = ("none", "same row twice", "tombstone", "of another name", "of no series")
"""What changes nothing."""


def shown(prefix: Prefix, *, run_rows: int = 50_000) -> tuple[dict[str, Series], list[Finding]]:
    """Return the series by name as their renditions show them, and what was left out."""
    names = {row["series_id"]: row["group_key"] for row in prefix.series}
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    with SortedRenditions(iter(prefix.renditions), USE, run_rows=run_rows) as sorted_rows:
        reader = RenditionSeries(series, sorted_rows, name=USE, stage="made_manifest")
        found = {names[one.row["series_id"]]: one for one in reader}
        assert [one.row["series_id"] for one in reader] == [one.row["series_id"] for one in found.values()]
        return found, reader.findings()


def video(prefix: Prefix, key: str, frames: int, **given_rows: Any) -> str:
    row = media_row(key, kind="video", media_format="mp4", frames=frames)
    identity = prefix.add(key, [row], kind="frames", rule="video")
    for number in range(frames):
        prefix.render(identity, 0, row, f"{number:06}.jpg", source_frame=number, **given_rows)
    return identity


def test_a_video_becomes_its_frames_and_a_stack_keeps_its_indices() -> None:
    prefix, _ = rendered_prefix()
    found, _ = shown(prefix)
    clip = found["clip/unrendered.mp4"]
    assert [(item.row["index"], item.row["frame"], item.row["pts_s"]) for item in clip.items] == [
        (0, 0, 0.0),
        (1, 1, 0.04),
        (2, 2, 0.08),
    ]
    assert {(item.row["store"], item.row["role"], item.media["kind"]) for item in clip.items} == {
        ("publish", "image", "image")
    }
    assert (clip.row["kind"], clip.row["items"], clip.row["width"], clip.row["height"]) == ("frames", 3, 8, 6)
    stack = found["stack"]
    assert [item.row["index"] for item in stack.items] == [0, 1, 2]
    assert stack.row["kind"] == "frames"


def test_a_series_that_lacks_a_picture_is_left_out_whole_with_its_item_and_the_reason() -> None:
    prefix, ids = rendered_prefix()
    found, findings = shown(prefix)
    assert "lacking/unrendered.mp4" not in found
    (said,) = findings
    assert (said.code, said.series_id, said.file, said.value) == (
        "manifest.rendition_missing",
        ids["lacking"],
        "lacking/unrendered.mp4",
        "video 0",
    )
    assert said.message == (
        "item 0 has no usable rendition 'shown': the one of frame 1 is failed: It is damaged; "
        "the whole series is left out"
    )


def test_series_left_out_are_listed_up_to_a_bound_and_then_counted() -> None:
    prefix = Prefix()
    for number in range(MOST_LISTED + 7):
        prefix.add(f"{number}", [media_row(f"{number}.png")])
    _, findings = shown(prefix)
    assert len(findings) == MOST_LISTED + 1
    assert sum(f.count for f in findings) == MOST_LISTED + 7
    assert findings[-1].message == "7 more series are left out: they lack the rendition 'shown'"


def test_renditions_are_found_however_small_the_runs_of_the_sorting_and_at_any_order() -> None:
    prefix = Prefix()
    for number in range(9):
        video(prefix, f"{number}.mp4", frames=4)
    whole, _ = shown(prefix)
    assert len(whole) == 9
    assert shown(prefix.shuffled(3), run_rows=2) == (whole, [])


def test_where_names_the_source_and_a_sample_stays_when_renditions_come(tmp_path: Path) -> None:
    prefix, ids = rendered_prefix()

    def told(**options: Any) -> set[str]:
        names: list[str] = []
        emit_to(tmp_path / repr(options), Encord(), EncordOptions(use=USE, **options), prefix, wrote=names.append)
        return set(names)

    assert told(where={"kind": "video"}) == {ids["clip"]}
    assert told(where={"key": "stack/*"}) == {ids["stack"]}
    assert told(where={"kind": "image"}) == set()
    sampled = [told(sample={"n": 2, "random_state": seed}) for seed in range(6)]
    for row in prefix.renditions:
        row["status"] = "ok"
    assert all(before <= told(sample={"n": 2, "random_state": seed}) for seed, before in enumerate(sampled))


def test_uploads_are_compared_as_the_manifest_shows_the_series() -> None:
    prefix, _ = rendered_prefix()
    series = TableSeries(prefix.series, prefix.items, prefix.media)

    def stores(use: str, given_rows: Any) -> set[str]:
        with as_shown(series, use, given_rows, stage="made_manifest") as reader:
            return {item.row["store"] for one in reader for item in one.items if item.row["role"] == "image"}

    assert stores(USE, lambda: iter(prefix.renditions)) == {"publish"}
    assert stores("original", lambda: iter(prefix.renditions)) == stores(USE, None) == {"raw"}


def test_a_table_without_a_row_of_that_name_leaves_all_out(tmp_path: Path) -> None:
    prefix, _ = rendered_prefix()
    emitted = emit_to(tmp_path, Encord(), EncordOptions(use="frames"), prefix)
    assert {f.code for f in emitted.findings} == {"manifest.rendition_missing", "manifest.empty"}
    assert not list(tmp_path.iterdir())


def test_only_the_columns_that_are_needed_are_read() -> None:
    prefix, _ = rendered_prefix()
    asked: list[Any] = []

    class Generation:
        def batches(self, table: str, *, columns: Any = None) -> Iterator[pa.RecordBatch]:
            asked.append((table, columns))
            yield from pa.Table.from_pylist(prefix.renditions, RENDITIONS.schema).select(columns).to_batches()

        def lookup(self, *_: Any, **__: Any) -> pa.Table:
            raise AssertionError("renditions are read in one pass")

    rows = list(rendition_rows(Generation()))
    assert asked == [("renditions", COLUMNS)]
    assert "params_hash" not in rows[0]
    with SortedRenditions(iter(rows), USE) as by_arrow, SortedRenditions(iter(prefix.renditions), USE) as by_dict:
        listed = [[(name, list(some)) for name, some in both.by_series()] for both in (by_arrow, by_dict)]
        assert listed[0] == listed[1]


@dataclass(frozen=True)
class Case:
    """Tables, and which of the series are whole."""

    prefix: Prefix
    whole: set[str]
    pictures: dict[str, int]
    """Good pictures of each whole series."""


ITEM = st.tuples(st.integers(1, 3), st.sampled_from(HARMLESS * 4 + BAD), st.integers(0, 5))
"""Frames of the object, what is odd with its renditions, and which of them."""

SERIES = st.tuples(
    st.sampled_from(["frames", "stack", "volume", "table", "single", "plugin"]),
    st.lists(ITEM, min_size=1, max_size=4),
    st.sampled_from([(None,), ("bone",), ("bone", "lung"), ("w10", "w2", "auto")]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    case = Case(Prefix(), set(), {})
    for number, (kind, items, windows) in enumerate(draw(st.lists(SERIES, max_size=5))):
        name = f"series{number}"
        identity = case.prefix.add(name, [], kind=kind)
        good, pictures = True, 0
        for index, (frames, oddness, place) in enumerate(items):
            media = media_row(f"{name}/{index}.bin", kind="video" if frames > 1 else "dicom", frames=frames)
            case.prefix.add_item(identity, index, media, role="video" if frames > 1 else "image")
            rows = _rows(case.prefix, case.prefix.items[-1], media, frames, windows)
            pictures += len(rows)
            good = good and oddness not in BAD
            _spoil(case.prefix, rows, oddness, rows[place % len(rows)])
        if good:
            case.whole.add(name)
            case.pictures[name] = pictures
    return case


def _rows(prefix: Prefix, item: Row, media: Row, frames: int, windows: tuple[str | None, ...]) -> list[Row]:
    identity, index = item["series_id"], item["index"]
    before = len(prefix.renditions)
    for frame in range(frames):
        for window in windows:
            number = frame if frames > 1 else None
            name = f"{index}-{frame}_{window}.png"
            prefix.render(identity, index, media, name, version=window, source_frame=number)
    return prefix.renditions[before:]


def _spoil(prefix: Prefix, rows: list[Row], oddness: str, one: Row) -> None:
    changes: dict[str, Row] = {
        "failed": {"status": "failed"},
        "blocked": {"status": "blocked", "error": "It is not shown."},
        "stale": {"source_token": "another"},
        "incomplete": {"md5": None},
    }
    more: dict[str, Row] = {
        "same row twice": {},
        "doubled": {"key": f"{one['key']}.2.png"},
        "tombstone": {"key": f"{one['key']}.old.png", "status": "tombstone", "gone_since": "g1"},
        "of another name": {"key": f"{one['key']}.other.png", "name": "other"},
        "of no series": {"key": f"{one['key']}.none.png", "series_id": None},
    }
    if oddness in changes:
        one.update(changes[oddness])
    elif oddness in more:
        prefix.renditions.append({**one, **more[oddness]})
    elif oddness == "missing":
        prefix.renditions[:] = [row for row in prefix.renditions if not any(row is gone for gone in rows)]


@given(case=cases(), seed=st.integers(0, 99), run_rows=st.integers(1, 9))
def test_no_series_is_half_there_and_indices_have_no_gaps(case: Case, seed: int, run_rows: int) -> None:
    before = copy.deepcopy(case.prefix)
    found, findings = shown(case.prefix, run_rows=run_rows)
    assert case.prefix == before
    assert found.keys() == case.whole
    names = {row["series_id"]: row["group_key"] for row in case.prefix.series}
    assert {names[str(f.series_id)] for f in findings} == set(names.values()) - case.whole
    for name, series in found.items():
        main = [item for item in series.items if item.row["role"] in MAIN_ROLES]
        assert [item.row["index"] for item in main] == list(range(case.pictures[name]))
        assert {item.row["store"] for item in main} == {"publish"}
        assert len({item.row["key"] for item in main}) == case.pictures[name] == series.row["items"]
        assert all(item.media["key"] == item.row["key"] and item.media["status"] == "ok" for item in main)
        places = [(item.row["key"].rsplit("/", 1)[1]).split("_")[0] for item in main]
        numbers = [tuple(int(part) for part in place.split("-")) for place in places]
        assert numbers == sorted(numbers)
    assert shown(case.prefix.shuffled(seed)) == (found, findings)


class Videos:
    """Series of one video each, made as they are asked for."""

    def __init__(self, count: int) -> None:
        self.ids = [f"video-{number:026}" for number in range(count)]

    def __iter__(self) -> Iterator[Series]:
        for identity in self.ids:
            prefix = Prefix()
            prefix.add(identity, [media_row(f"{identity}.mp4", kind="video", token="t")], kind="frames")
            prefix.series[0]["series_id"] = prefix.items[0]["series_id"] = identity
            yield from TableSeries(prefix.series, prefix.items, prefix.media)

    def rendered(self, frames: int) -> Iterator[Row]:
        """Yield the rows of their frames, the series in disorder."""
        same = {"source_store": "raw", "source_token": "t", "status": "ok", "kind": "frame", "name": USE}
        picture = {"width": 8, "height": 6, "size": 9, "md5": "0" * 32}
        for identity in random.Random(1).sample(self.ids, len(self.ids)):
            for frame in range(frames):
                key = f"renditions/{USE}/{identity}/{frame:06}.jpg"
                named = {"key": key, "series_id": identity, "source_key": f"{identity}.mp4", "source_frame": frame}
                yield {**dict.fromkeys(COLUMNS), **same, **picture, **named}


@pytest.mark.slow
def test_memory_is_one_run_of_the_sorting_and_one_series_however_many_renditions_there_are() -> None:
    videos = Videos(200)
    tracemalloc.start()
    try:
        with SortedRenditions(videos.rendered(50), USE, run_rows=500) as sorted_rows:
            reader = RenditionSeries(videos, sorted_rows, name=USE, stage="made_manifest")
            assert sum(len(one.items) for one in reader) == 10_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 << 20, "10,000 rows are 9 MB"
