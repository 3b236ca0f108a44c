"""Any table: what is written passes the check, and says the objects of the table in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.manifests.checking import check_files
from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.testing.manifest import Prefix, emit_to, files_of, media_row
from tests.labelport.manifests.cvat.reading_back import groups

SEGMENT = st.text("ab1_é\U0001f600 -", min_size=1, max_size=3)
KEYS = st.lists(
    st.tuples(st.lists(SEGMENT, min_size=1, max_size=3), st.sampled_from([".png", ".JPG", ".pcd", ".bin"])),
    unique_by=lambda key: "/".join(key[0]),  # a cloud and an image of one stem belong together: test_clouds
    max_size=12,
).map(lambda keys: ["/".join(segments) + extension for segments, extension in keys])


@dataclass(frozen=True)
class Table:
    """Keys in groups: each a series, its keys in the order of its items."""

    groups: Sequence[Sequence[str]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    keys = draw(KEYS)
    clouds = {key[:-4] for key in keys if key.endswith((".pcd", ".bin"))}
    keys = [key for key in keys if not _claimed(key, clouds)]
    cuts = sorted(draw(st.lists(st.integers(0, len(keys)), max_size=3)))
    borders = [0, *cuts, len(keys)]
    return Table([keys[a:b] for a, b in pairwise(borders) if a < b])


def _claimed(key: str, clouds: set[str]) -> bool:
    folder = key.rpartition("/")[0]
    return key.endswith((".png", ".JPG")) and bool(folder) and f"{folder}/{folder.rpartition('/')[2]}" in clouds


def prefix_of(table: Table) -> Prefix:
    prefix = Prefix()
    for number, keys in enumerate(table.groups):
        rows = []
        for key in keys:
            if key.endswith((".png", ".JPG")):
                rows.append(media_row(key))
            else:
                form = "pcd" if key.endswith(".pcd") else "kitti"
                rows.append(media_row(key, kind="pointcloud", media_format=form, size=160, width=10, height=1))
        prefix.add(str(number), rows, kind="frames", rule="pattern")
    return prefix


@settings(max_examples=80, deadline=None)
@given(tables(), st.sampled_from(["lexicographical", "predefined"]), st.sampled_from(["1.1", "1.0"]), st.integers(0, 9))
def test_any_table_is_written_checked_and_read_back(table: Table, sorting: str, version: str, seed: int) -> None:
    prefix = prefix_of(table)
    options = CvatOptions.model_validate({"sorting": sorting, "version": version})
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        told: list[str] = []
        emit_to(Path(first), Cvat(), options, prefix, wrote=told.append)
        emit_to(Path(second), Cvat(), options, prefix.shuffled(seed))
        assert files_of(Path(first)) == files_of(Path(second))
        assert [f for f in check_files([Path(first)]) if f.severity != "info"] == []
        in_series = sorted(prefix.series, key=lambda row: row["series_id"].encode())
        by_series = {row["series_id"]: table.groups[int(row["group_key"])] for row in prefix.series}
        keys = [key for row in in_series for key in by_series[row["series_id"]]]
        if sorting == "lexicographical":
            keys.sort()
        images = [key for key in keys if key.endswith((".png", ".JPG"))]
        clouds = [key for key in keys if not key.endswith((".png", ".JPG"))]
        assert groups(Path(first)) == [("", found) for found in (images, clouds) if found]
        assert sorted(told) == sorted(by_series)
