"""The shared fixtures of Encord's files and the samples of its page, judged by our check."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.checking import check_files
from labelport.manifests.encord import Encord, EncordOptions
from labelport.manifests.encord.csv_reading import CsvItem, csv_items, csv_lines, csv_rows
from tests.labelport.manifests.encord.prefixes import BAD, GOOD
from tests.needs import fixtures


def expected(part: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = json.loads((fixtures("encord") / "expected.json").read_bytes())[part]
    return found


def test_all_fixtures_are_tested() -> None:
    assert sorted(expected("bad")) == sorted(p.name for p in fixtures("encord", "bad").iterdir()) == BAD
    assert sorted(expected("good")) == sorted(p.name for p in fixtures("encord", "good").iterdir()) == GOOD


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_exactly_its_errors_and_their_places(name: str) -> None:
    found = Encord().check([fixtures("encord", "bad") / name])
    errors = [{"code": f.code, "severity": f.severity, "pointer": f.pointer} for f in found if f.severity == "error"]
    assert Counter(json.dumps(e) for e in errors) == Counter(json.dumps(e) for e in expected("bad")[name])


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_passes_and_says_what_nobody_has_confirmed(name: str) -> None:
    found = Encord().check([fixtures("encord", "good") / name])
    assert [f for f in found if f.severity == "error"] == []
    about_keys = {"encord.unconfirmed_key", "encord.text_key", "encord.dicom_shape"}
    assert {f.code for f in found} & about_keys == set(expected("good")[name])


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_recognised_by_its_content(name: str) -> None:
    assert [f for f in check_files([fixtures("encord", "good") / name]) if f.severity == "error"] == []


SAMPLES = {
    "videos.csv": [
        CsvItem("video", title, (f"path/to/storage-location/frame{n}.mp4",))
        for n, title in enumerate(["Video 1", "Video 2", "frame3.mp4", "Video 3"], start=1)
    ],
    "images.csv": [
        CsvItem("image", title, (f"path/to/storage-location/frame{n}.jpg",))
        for n, title in enumerate(["Image 1", "Image 2", "frame3.jpg", "Image 3"], start=1)
    ],
    "image_groups.csv": [CsvItem("group", f"Group {g}", ()) for g in (1, 2)],
    "image_sequences.csv": [CsvItem("sequence", f"Sequence {s}", ()) for s in (1, 2)],
    "dicom.csv": [CsvItem("dicom", f"dicom series {s}", ()) for s in (1, 2, 3)],
    "multiple.csv": [
        CsvItem("sequence", "Sequence 1", ()),
        CsvItem("sequence", "Sequence 2", ()),
        CsvItem("group", "Group 1", ()),
        CsvItem("image", "Image 1", ("path/to/storage-location/frame1.jpg",)),
        CsvItem("image", "Video 1", ("full/storage/path/video.mp4",)),
    ],
}
"""What the page says that its tables hold; of groups the title only, their URLs are counted below."""


def items_of(text: str) -> list[CsvItem]:
    return csv_items(csv_rows(csv_lines(io.StringIO(text))))


def without_urls(items: list[CsvItem]) -> list[CsvItem]:
    return [
        item if len(item.urls) == 1 and item.kind in {"video", "image"} else CsvItem(item.kind, item.title, ())
        for item in items
    ]


def sample(name: str) -> Path:
    return fixtures("pages", "encord") / name


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_the_page_is_read_as_the_page_says(name: str) -> None:
    items = items_of(sample(name).read_text())
    assert without_urls(items) == SAMPLES[name]
    groups = [len(item.urls) for item in items if item.kind not in {"video", "image"}]
    assert groups == ([2, 2, 1] if name == "dicom.csv" else [2] * len(groups))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_the_page_passes_with_its_placeholders(name: str) -> None:
    found = Encord().check([sample(name)], EncordOptions(urls="any"))
    assert [f for f in found if f.severity == "error"] == []
    slips = [f.pointer for f in found if f.code == "encord.csv_title_kind"]
    assert slips == (["11:1"] if name == "multiple.csv" else [])


@pytest.mark.parametrize("name", SAMPLES)
def test_placeholders_are_no_urls(name: str) -> None:
    errors = [f for f in Encord().check([sample(name)]) if f.severity == "error"]
    rows = [line for line in sample(name).read_text().splitlines() if not line.startswith("ObjectUrl")]
    assert [f.code for f in errors] == ["manifest.url_form"] * len(rows)


def test_a_blank_third_cell_makes_a_sequence_too(tmp_path: Path) -> None:
    blank = sample("image_sequences.csv").read_text().replace(",true", ",")
    assert items_of(blank) == items_of(sample("image_sequences.csv").read_text())
    path = tmp_path / "blank.csv"
    path.write_text(blank)
    assert [f for f in Encord().check([path], EncordOptions(urls="any")) if f.severity == "error"] == []


def test_both_headings_of_dicom_are_read(tmp_path: Path) -> None:
    other = sample("dicom.csv").read_text().replace("Series title", "DICOM Title")
    assert items_of(other) == items_of(sample("dicom.csv").read_text())
    path = tmp_path / "dicom.csv"
    path.write_text(other)
    assert Encord().check([path], EncordOptions(urls="any")) == []
