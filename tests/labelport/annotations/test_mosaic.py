"""Pictures with annotations for people: which images may be shown, and which stand for the dataset."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labelport.annotations.kept import set_of
from labelport.annotations.mosaic import annotations_mosaic
from labelport.annotations.stage import refresh_annotations
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.settings import DatasetSettings
from labelport.testing.emitting import InlineRunner
from tests.labelport.stages import refreshed_here


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return made(tmp_path)


def made(folder: Path, **privacy: Any) -> Dataset:
    (folder / "raw").mkdir(exist_ok=True)
    (folder / "labels").mkdir(exist_ok=True)
    for number in range(3):
        Image.new("L", (64, 48), 40 * number).save(folder / f"raw/{number}.png")
    rows = "\n".join(f"{number}.png,4,4,40,30,cat" for number in range(3))
    (folder / "labels/a.csv").write_text(f"filename,xmin,ymin,xmax,ymax,label\n{rows}\n")
    settings = DatasetSettings.model_validate(
        {
            "name": "echo",
            "bucket": str(folder / "raw"),
            "publish": str(folder / "out"),
            "annotations": {"source": str(folder / "labels")},
            "privacy": privacy,
        }
    )
    opened = open_dataset(settings)
    refreshed_here(opened)
    refresh_annotations(opened, runner=InlineRunner)
    return opened


def mosaic(dataset: Dataset) -> bytes:
    def live(stage: str) -> Any:
        return Stage(dataset.publish, stage, dataset="echo").require()

    return annotations_mosaic(dataset, set_of(live("annotations")), live("media_metadata"))


@pytest.mark.slow
def test_labelled_images_are_drawn_with_their_boxes_and_small_enough_for_an_event_log(dataset: Dataset) -> None:
    body = mosaic(dataset)
    assert 0 < len(body) <= 20_000
    with Image.open(io.BytesIO(body)) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert (pixels.max(axis=2) - pixels.min(axis=2)).max() > 60, "boxes are coloured, pictures are grey"
    assert mosaic(dataset) == body


def test_no_picture_is_shown_where_the_settings_forbid_it(tmp_path: Path) -> None:
    assert mosaic(made(tmp_path, previews="none")) == b""
