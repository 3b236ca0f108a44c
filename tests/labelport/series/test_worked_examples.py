"""The five worked examples of the specification: as rows of media, and as files in a folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.reading import TableSeries
from labelport.manifests.renditions import RenditionSeries, SortedRenditions
from labelport.manifests.stage import refresh_manifest
from labelport.testing.manifest import Prefix
from labelport.testing.prefix import USE
from tests.labelport.manifests.centaur.templates import template
from tests.labelport.probing.dicom_files import data_set, saved
from tests.labelport.series.dicom_groups import media
from tests.labelport.series.made import Row, built, grouper, media_row
from tests.labelport.series.real_folder import RealFolder, series_in
from tests.media import clip, photo, sound
from tests.needs import fixtures

Rule = dict[str, Any]
Cells = tuple[Any, ...]

MR = "1.2.840.10008.5.1.4.1.1.4"


@dataclass(frozen=True)
class Example:
    """One example: what is there, and what is to come of it."""

    dataset: str
    rules: tuple[Rule, ...]
    files: Mapping[str, bytes]
    rows: Sequence[Row]
    """The same objects as rows of media."""

    series: Mapping[str, Any]
    """Columns of the one series."""

    columns: tuple[str, ...]
    items: Sequence[Cells]
    """Index, role, key, and ``columns`` of each item."""

    findings: Mapping[str, str | None] = field(default_factory=dict)
    """Values by code."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    """Files that the settings name."""


def frames_of_a_video() -> Example:
    keys = [f"us/case9/f{number}.png" for number in (0, 1, 10, 2)]
    return Example(
        dataset="us",
        rules=({"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\d+)\.png$"},),
        files=dict.fromkeys(keys, photo("PNG")),
        rows=[media_row(key) for key in keys],
        series={
            "series_id": "pattern-kmctwlqskvutbrl7tm7kjr5dea",
            "kind": "frames",
            "order_basis": "index",
            "items": 4,
            "flags": ["index_gap"],
        },
        columns=(),
        items=[
            (0, "image", "us/case9/f0.png"),
            (1, "image", "us/case9/f1.png"),
            (2, "image", "us/case9/f2.png"),
            (3, "image", "us/case9/f10.png"),
        ],
        findings={"series.index_gap": "3-9"},
    )


def the_video_itself() -> Example:
    return Example(
        dataset="us",
        rules=({"rule": "video"},),
        files={"clips/a.mp4": clip("mp4", frames=300, width=32, height=32)},
        rows=[media_row("clips/a.mp4", "video", frames=300, frames_exact=True)],
        series={
            "series_id": "video-b4rmpo4pie2iniua4526bwvcai",
            "kind": "frames",
            "order_basis": "pts",
            "items": 1,
            "flags": [],
        },
        columns=("frame",),
        items=[(0, "video", "clips/a.mp4", None)],
    )


def window_levels_of_one_image() -> Example:
    keys = ["ct/a_bone.png", "ct/a_lung.png"]
    return Example(
        dataset="ct",
        rules=(
            {
                "rule": "pattern",
                "match": r"(?P<series>ct/.+)_(?P<version>lung|bone)\.png$",
                "versions": ["lung", "bone"],
            },
        ),
        files=dict.fromkeys(keys, photo("PNG")),
        rows=[media_row(key) for key in keys],
        series={
            "series_id": "pattern-h7m75ac2ta2qrfl4ilx3tv5cbu",
            "kind": "versions",
            "items": 2,
            "flags": [],
        },
        columns=("version", "of_index"),
        items=[(0, "image", "ct/a_lung.png", "lung", None), (1, "image", "ct/a_bone.png", "bone", 0)],
    )


def audio_and_image() -> Example:
    return Example(
        dataset="rec",
        rules=({"rule": "audio_image"},),
        files={"rec/abs1234.mp4": sound("mp4"), "rec/abs1234.jpeg": photo("JPEG")},
        rows=[
            media_row("rec/abs1234.mp4", "audio", width=None, height=None, channels=1),
            media_row("rec/abs1234.jpeg"),
        ],
        series={
            "series_id": "audio_image-wxsy6ob73zbywau4zzhp73qlpa",
            "kind": "audio_image",
            "order_basis": "natural",
            "items": 1,
            "flags": [],
        },
        columns=("of_index",),
        items=[(0, "audio", "rec/abs1234.mp4", None), (0, "context", "rec/abs1234.jpeg", 0)],
    )


def ischemia_one_target() -> Example:
    keys = [f"ct/case7_0{number}.png" for number in range(4)]
    return Example(
        dataset="stroke",
        rules=({"rule": "pattern", "match": r"(?P<series>.+)_(?P<index>\d+)\.png$"},),
        files=dict.fromkeys(keys, photo("PNG")),
        rows=[media_row(key) for key in keys],
        series={
            "series_id": "pattern-tg3tz3x4l3c36btobgbmv2id2q",
            "kind": "frames",
            "order_basis": "index",
            "items": 4,
            "flags": [],
        },
        columns=("label_this",),
        items=[
            (0, "image", "ct/case7_00.png", False),
            (1, "image", "ct/case7_01.png", False),
            (2, "image", "ct/case7_02.png", True),
            (3, "image", "ct/case7_03.png", False),
        ],
        settings={"metadata": {"path": "extra.csv", "key": "key", "label": "target"}},
        lists={"extra.csv": "key,target\nct/case7_02.png,true\n"},
    )


def slices(*, without: Sequence[str] = ()) -> dict[str, bytes]:
    """Return three time points of four positions, numbered so that neither number nor name gives the order."""
    files = {}
    for time in range(3):
        for place in range(4):
            image = data_set(
                12 - (time * 4 + place),
                at=(0, 0, 50 + 3 * place),
                sop_class=MR,
                Modality="MR",
                TemporalPositionIdentifier=time + 1,
            )
            files[f"t{time}z{place}.dcm"] = saved(image)
    return {key: content for key, content in files.items() if key not in without}


def four_d(files: Mapping[str, bytes]) -> Example:
    return Example(
        dataset="mr",
        rules=({"rule": "dicom"},),
        files=files,
        rows=media(files).to_pylist(),
        series={
            "kind": "volume4d",
            "order_basis": "ipp",
            "dims": [{"name": "slice", "size": 4}, {"name": "time", "size": 3}],
            "items": 12,
            "flags": [],
        },
        columns=("time_index", "position_mm"),
        items=[
            (time * 4 + place, "image", f"t{time}z{place}.dcm", time, 50.0 + 3 * place)
            for time in range(3)
            for place in range(4)
        ],
    )


def four_d_incomplete(files: Mapping[str, bytes]) -> Example:
    whole = four_d(files)
    dims = [{"name": "slice", "size": 4}, {"name": "time", "size": 2}]
    partial = [(index, "partial", f"t2z{place}.dcm") for index, place in enumerate((0, 2, 3))]
    return Example(
        dataset="mr",
        rules=whole.rules,
        files=files,
        rows=whole.rows,
        series={**whole.series, "dims": dims, "items": 8, "flags": ["incomplete"]},
        columns=(),
        items=[*(cells[:3] for cells in whole.items[:8]), *partial],
        findings={"series.incomplete": None},
    )


def shared(case: str) -> dict[str, bytes]:
    folder = fixtures("dicom", "made", case)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


EXAMPLES: dict[str, Callable[[], Example]] = {
    "1 frames": frames_of_a_video,
    "1 video": the_video_itself,
    "2": window_levels_of_one_image,
    "3": audio_and_image,
    "4": ischemia_one_target,
    "5": lambda: four_d(slices()),
    "5 of the fixtures": lambda: four_d(shared("four_d_by_tpi")),
    "5 incomplete": lambda: four_d_incomplete(slices(without=["t2z1.dcm"])),
    "5 incomplete, of the fixtures": lambda: four_d_incomplete(shared("four_d_incomplete")),
}


def compare(example: Example, series: Sequence[Row], items: Sequence[Row], findings: Sequence[Row]) -> None:
    (row,) = series
    assert {name: row[name] for name in example.series} == example.series
    columns = ("index", "role", "key", *example.columns)
    order = sorted(items, key=lambda item: (item["role"] == "partial", item["index"], item["role"]))
    assert [tuple(item[name] for name in columns) for item in order] == list(example.items)
    assert {item["series_id"] for item in items} == {row["series_id"]}
    told = {found["code"]: found["value"] for found in findings if found["code"] != "series.ungrouped"}
    assert set(told) == set(example.findings)
    assert all(told[code] == value for code, value in example.findings.items() if value is not None)


@pytest.mark.parametrize("name", EXAMPLES)
def test_as_rows(name: str) -> None:
    example = EXAMPLES[name]()
    rules = grouper(
        *example.rules, dataset=example.dataset, files=example.lists, media=example.rows, **example.settings
    )
    tables = built(example.rows, rules)
    compare(example, *(tables.rows(table) for table in ("series", "items", "findings")))


@pytest.mark.parametrize("name", EXAMPLES)
def test_as_files_in_a_folder(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]()
    lists = {path: text.encode() for path, text in example.lists.items()}
    made = series_in(tmp_path, {**example.files, **lists}, example.rules, name=example.dataset, **example.settings)
    compare(example, *(made.rows(table) for table in ("series", "items", "findings")))


def test_frames_that_were_rendered_are_three_hundred_rows_of_a_manifest(tmp_path: Path) -> None:
    example = the_video_itself()
    made = series_in(tmp_path, example.files, example.rules, name="us")
    (video,) = made.rows("media", stage="media_metadata")
    assert (video["frames"], video["frames_exact"]) == (300, True)
    prefix = Prefix([video], made.rows("series"), made.rows("items"))
    for frame in range(300):
        prefix.render(prefix.series[0]["series_id"], 0, video, f"{frame:06}.jpg", source_frame=frame)
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    with SortedRenditions(iter(prefix.renditions), USE) as rows:
        (seen,) = RenditionSeries(series, rows, name=USE, stage="made_manifest")
    assert [(item.row["index"], item.row["frame"]) for item in seen.items] == [(n, n) for n in range(300)]


def test_the_single_target_is_told_to_centaur(tmp_path: Path) -> None:
    example = ischemia_one_target()
    identity = example.series["series_id"]
    ids = [(str(501 + number), key) for number, key in enumerate(example.files)]
    lists = {path: text.encode() for path, text in example.lists.items()}
    files = {**example.files, **lists, "template.csv": template(ids)}
    manifests = [{"platform": "centaur", "template": "template.csv"}]
    made: RealFolder = series_in(
        tmp_path, files, example.rules, name="stroke", manifests=manifests, exclude=["*.csv"], **example.settings
    )
    outcome = refresh_manifest(made.dataset, "centaur")
    assert outcome.findings == {"error": 0, "warning": 0, "info": 0, "loss": 0}
    assert (tmp_path / "derived" / "manifests" / "centaur" / "centaur.csv").read_text() == (
        "content_id,origin,series,series_index,notes\n"
        f"501,ct/case7_00.png,{identity},0,context only - label frames 2\n"
        f"502,ct/case7_01.png,{identity},1,context only - label frames 2\n"
        f"503,ct/case7_02.png,{identity},2,label frames 2\n"
        f"504,ct/case7_03.png,{identity},3,context only - label frames 2\n"
    )
