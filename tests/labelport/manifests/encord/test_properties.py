"""What holds for any tables: the check accepts what is written, bytes are equal, the input stays as it was."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.manifests.encord import Encord, EncordOptions
from labelport.testing.manifest import Prefix, Row, emit_to, files_of, media_row
from tests.labelport.manifests.encord.prefixes import dicom, image, nifti, pdf, sound, text, video
from tests.labelport.manifests.encord.sdk import refusals, refusals_of_items

FITTING = [
    ("frames", image, ".png"),
    ("versions", image, ".jpg"),
    ("single", image, ".tif"),
    ("table", image, ".webp"),
    ("frames", video, ".mp4"),
    ("table", video, ".mov"),
    ("single", sound, ".wav"),
    ("audio_image", sound, ".mp4"),
    ("stack", dicom, ".dcm"),
    ("volume4d", dicom, ""),
    ("cine", dicom, ".dcm"),
    ("single", dicom, ".DCM"),
    ("volume", nifti, ".nii.gz"),
    ("single", pdf, ".pdf"),
    ("single", text, ".json"),
]
"""Kind of series, what it holds, and how that is called."""

ENDINGS = [".png", ".mp4", ".wav", ".dcm", ".txt", ".json", ".nii.gz", ".gif", ".PNG", "", ".a.b"]
PARTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).map(lambda part: f"k{part}")
ODD_PARTS = st.sampled_from(["..", ".", "", "LIVE", "a b", "é", "encord.json"])
STEMS = st.lists(PARTS | PARTS | PARTS | ODD_PARTS, min_size=1, max_size=3).map("/".join)
COLUMNS = st.sampled_from(["site", "a/b", "$x", "keyframes", "", "é ü"])
JSON_TEXT = st.sampled_from(["1", '"doe^jane"', "[0.5,1.5]", "true", '{"$y": null}', "null"])
METADATA = st.lists(st.tuples(COLUMNS.map(lambda name: f"client_metadata:{name}"), JSON_TEXT), max_size=3)
CHANGES = [
    {"status": "truncated"},
    {"extension_mismatch": True},
    {"width": 9},
    {"frames": None},
    {"size": None},
    {"format": "avi"},
    {"duration_exact": False},
    {"mime_type": None},
]
RARELY = st.integers(0, 9).map(lambda number: number == 0)
OWN_ENDING = RARELY.flatmap(lambda rare: st.sampled_from(ENDINGS) if rare else st.none())
CHANGE: st.SearchStrategy[dict[str, Any]] = RARELY.flatmap(
    lambda rare: st.sampled_from(CHANGES) if rare else st.just({})
)
MEMBERS = st.lists(st.tuples(STEMS, OWN_ENDING, CHANGE), min_size=1, max_size=3)
SERIES = st.tuples(st.sampled_from(FITTING), MEMBERS, METADATA, st.lists(STEMS, max_size=2))
OPTIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "sequences": st.booleans(),
        "groups_plan": st.booleans(),
        "split_by": st.integers(1, 2),
        "max_entries": st.integers(1, 3),
        "max_urls": st.integers(1, 4),
        "max_bytes": st.integers(1024, 3000),
        "media_metadata": st.booleans(),
        "client_only": st.booleans(),
        "unconfirmed": st.booleans(),
        "keyframes": st.sampled_from(["metadata", "none"]),
    },
)
CSV_OPTIONS = {"sequences", "split_by", "max_entries", "max_urls", "max_bytes", "unconfirmed"}


@st.composite
def prefixes(draw: st.DrawFn) -> Prefix:
    prefix = Prefix()
    known: dict[str, Row] = {}
    for number, ((kind, maker, ending), members, metadata, context) in enumerate(draw(st.lists(SERIES, max_size=6))):
        keys = [(stem + (ending if own is None else own), change) for stem, own, change in members]
        rows = [known.setdefault(key, maker(key, **change)) for key, change in keys]
        chosen = rows[:1] if kind in {"single", "cine", "volume", "audio_image"} else rows
        title = prefix.add(f"series {number}", chosen, kind=kind, metadata=metadata)
        for index, stem in enumerate(context):
            key = f"{stem}.png"
            prefix.add_item(title, index, known.setdefault(key, image(key)), role="context", of_index=0)
    return prefix


@st.composite
def option_sets(draw: st.DrawFn) -> EncordOptions:
    given_options: dict[str, Any] = {**draw(OPTIONS)}
    if draw(st.booleans()):
        return EncordOptions(format="csv", **{n: v for n, v in given_options.items() if n in CSV_OPTIONS})
    given_options["dialect"] = draw(st.sampled_from(["file", "sdk"]))
    if given_options.get("unconfirmed"):
        given_options |= {"sampling_rate": 2, "upsert": True}
    return EncordOptions(**given_options)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(prefix=prefixes(), options=option_sets(), seed=st.integers(0, 99))
def test_any_tables_give_files_that_the_check_accepts_equal_at_any_order_and_leave_the_tables_alone(
    prefix: Prefix, options: EncordOptions, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("emit")
    before = copy.deepcopy(prefix)
    first = emit_to(folder / "first", Encord(), options, prefix)
    second = emit_to(folder / "second", Encord(), options, prefix.shuffled(seed))
    assert prefix == before
    assert files_of(folder / "first") == files_of(folder / "second")
    assert first == second
    written = [p for p in sorted((folder / "first").rglob("*")) if p.suffix in {".json", ".csv"} and p.is_file()]
    written = [p for p in written if not p.name.endswith(".skipped.csv")]
    assert [f for f in Encord().check(written, options) if f.severity == "error"] == []
    assert (first.entries > 0) is bool(written)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(prefix=prefixes(), options=option_sets().filter(lambda o: o.format == "json" and o.split_by is None))
def test_the_sdk_takes_what_is_written_of_any_tables(
    prefix: Prefix, options: EncordOptions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("sdk")
    emit_to(folder, Encord(), options, prefix)
    for path in folder.glob("encord*.json"):
        if not path.name.endswith((".index.json", ".groups.json")):
            judge = refusals_of_items if options.dialect == "sdk" else refusals
            assert judge(json.loads(path.read_bytes())) == []


@given(
    counts=st.lists(st.integers(1, 4), min_size=1, max_size=8),
    more=st.integers(1, 4),
    limit=st.integers(1, 6),
)
def test_series_that_come_behind_all_others_change_the_last_chunk_and_later_ones_only(
    counts: list[int], more: int, limit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def chunks(sizes: list[int], folder: Path) -> list[bytes]:
        prefix = Prefix()
        for number, size in enumerate(sizes):
            title = prefix.add(f"{number}", [media_row(f"{number}/{n}.png") for n in range(size)], kind="frames")
            for row in (*prefix.series, *prefix.items):  # ids in the order of coming, as a clock would give
                row["series_id"] = f"s{number:03}" if row["series_id"] == title else row["series_id"]
        emit_to(folder, Encord(), EncordOptions(max_urls=limit + 3, max_entries=limit), prefix)
        index = json.loads((folder / "encord.index.json").read_bytes())
        return [(folder / chunk["file"]).read_bytes() for chunk in index["chunks"]]

    before = chunks(counts, tmp_path_factory.mktemp("before"))
    after = chunks([*counts, *[2] * more], tmp_path_factory.mktemp("after"))
    assert after[: len(before) - 1] == before[:-1]
