"""What the page of the series shows: tables, counts, sizes, and the contact sheet; drawn when something changed."""

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

import labelport.tiles.contact_sheet as sheets
from assets.previews import MOST_PNG_BYTES, series_preview
from assets.results import told
from labelport.dataset import Dataset
from labelport.series.stage import refresh_series
from labelport.tables import SERIES
from tests.labelport.tiles.buckets import grouped
from tests.media import photo

FILES = {f"DOE^JANE/frame_{number}.png": photo("PNG", 40, 30) for number in (1, 2, 5)}
RULES = [{"rule": "pattern", "match": r"(?P<series>.+)/frame_(?P<index>\d+)\.png$"}]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return grouped(tmp_path_factory.mktemp("bucket"), FILES, series=RULES)


def text(value: Any) -> str:
    return str(value.md_str if isinstance(value, dg.MarkdownMetadataValue) else value.value)


def test_the_preview_has_tables_plots_and_a_small_contact_sheet_and_no_name(dataset: Dataset) -> None:
    shown = series_preview(dataset)
    assert list(shown) == [
        "largest",
        "oddest",
        "newest",
        "flags",
        "sizes of series",
        "contact sheet",
        "on the contact sheet",
    ]
    assert "index_gap" in text(shown["oddest"])
    assert text(shown["on the contact sheet"]) == "3 tiles of 1 series."
    [packed] = re.findall(r"base64,([^)]+)\)", text(shown["contact sheet"]))
    png = base64.b64decode(packed)
    assert png.startswith(b"\x89PNG")
    assert len(png) <= MOST_PNG_BYTES
    assert not any("JANE" in text(value) for value in shown.values())
    assert "[redacted" in text(shown["largest"]).replace("\\", "")


def test_a_sheet_that_cannot_be_drawn_does_not_fail_the_run(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(sheets, "made_pictures", broken)
    shown = series_preview(dataset)
    assert "contact sheet" not in shown
    assert "MemoryError" in text(shown["on the contact sheet"])
    assert "index_gap" in text(shown["oddest"])


def test_nothing_is_drawn_when_the_stamp_is_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = grouped(tmp_path, FILES, upto="media", series=RULES)
    drawn: list[int] = []

    def counted(_bucket: Any, wanted: Sequence[Any], **_: Any) -> list[str]:
        drawn.append(len(wanted))
        return ["counted"] * len(wanted)

    monkeypatch.setattr(sheets, "made_pictures", counted)

    def run() -> Any:
        [result] = told(lambda: refresh_series(dataset), table=SERIES, previews=lambda _: series_preview(dataset))
        return result

    assert "contact sheet" in run().metadata
    assert drawn == [3]
    assert "contact sheet" not in run().metadata
    assert drawn == [3]
