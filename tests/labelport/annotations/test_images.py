"""The index of a dataset's images, of generations as the stages publish them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from labelport.annotations.images import index_of
from labelport.annotations.places import PLACE_SCHEMA
from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.storage.folder import FolderBucket
from labelport.tables import ITEMS, MEDIA, RENDITIONS, SERIES, Table
from labelport.testing.prefix import Prefix, media_row, rendered_prefix
from tests.labelport.annotations.matching.indexes import placed

Row = dict[str, Any]


def published(folder: Path, stage: str, *tables: tuple[Table, list[Row]]) -> Generation:
    """Return a generation of a stage with these rows."""
    made = Stage(FolderBucket(str(folder)), stage, dataset="images")
    draft = made.draft(None)
    for table, rows in tables:
        ordered = sorted(
            rows, key=lambda row: [v.encode() if isinstance(v := row[name], str) else v for name in table.key]
        )
        draft.write(table.name, [pa.Table.from_pylist(ordered, schema=table.schema)])
    draft.seal(inputs={}, code_version="test", settings_hash="test")
    return draft.publish()


def generations(folder: Path, prefix: Prefix) -> tuple[Generation, Generation, Generation]:
    """Return generations of media, series and renditions with the rows of a prefix."""
    return (
        published(folder, "media_metadata", (MEDIA, prefix.media)),
        published(folder, "series", (SERIES, prefix.series), (ITEMS, prefix.items)),
        published(folder, "renditions", (RENDITIONS, prefix.renditions)),
    )


def rows(index: pa.Table, *columns: str) -> dict[str, tuple[Any, ...]]:
    """Return columns of an index by key."""
    assert index.schema.equals(PLACE_SCHEMA)
    return {row["key"]: tuple(row[name] for name in columns) for row in index.to_pylist()}


def test_every_object_that_can_be_annotated_is_there_with_its_size(tmp_path: Path) -> None:
    media = [
        media_row("a.png", width=640, height=480),
        media_row("b.mp4", kind="video", media_format="mp4", width=1920, height=1080),
        media_row("c.dcm", kind="dicom"),
        media_row("d.nii.gz", kind="nifti"),
        media_row("notes.txt", kind="text"),
        media_row("all.zip", kind="archive"),
        media_row("cut.JPG", kind="unknown", status="truncated"),
        media_row("cut.txt", kind="unknown", status="unreadable"),
        media_row("other.png", kind="unknown", status="not_media"),
        {**media_row("nothing.png", status="empty", width=None, height=None), "kind": None},
        media_row("nameless", kind="image", extension=None, width=5, height=4),
    ]
    index = index_of(published(tmp_path, "media_metadata", (MEDIA, media)))
    assert rows(index, "store", "width", "height", "series_id", "frame") == {
        "a.png": ("raw", 640, 480, None, None),
        "b.mp4": ("raw", 1920, 1080, None, None),
        "c.dcm": ("raw", None, None, None, None),
        "cut.JPG": ("raw", None, None, None, None),
        "d.nii.gz": ("raw", None, None, None, None),
        "nameless": ("raw", 5, 4, None, None),
        "nothing.png": ("raw", None, None, None, None),
    }


def test_members_say_their_series_and_item(tmp_path: Path) -> None:
    prefix = Prefix()
    frames = prefix.add("case", [media_row(f"case/{number}.png") for number in range(2)], kind="frames")
    volume = media_row("v.nii", kind="nifti")
    stack = prefix.add("v", [volume], kind="volume")
    prefix.add_item(stack, 1, volume, frame=3)
    prefix.add_item(frames, 2, media_row("case/again.png"), role="duplicate")
    prefix.add_item(frames, 3, media_row("case/mask.nii", kind="nifti"), role="label")
    prefix.add_item(stack, 4, prefix.media[0], role="label")
    media, series, _ = generations(tmp_path, prefix)
    assert rows(index_of(media, series), "series_id", "item_index") == {
        "case/0.png": (frames, 0),
        "case/1.png": (frames, 1),
        "case/again.png": (None, None),
        "v.nii": (stack, None),
    }, "several items of one object are no item; what is only a label of others is no image"


def test_live_renditions_lead_back_to_their_source(tmp_path: Path) -> None:
    prefix, ids = rendered_prefix()
    prefix.renditions[0]["gone_since"] = "generation"
    index = index_of(*generations(tmp_path, prefix))
    found = rows(
        index.filter(pa.compute.equal(index["store"], "publish")), "rendition_of", "frame", "width", "item_index"
    )
    clip, lacking = (f"renditions/{{}}/{ids[name]}".format for name in ("clip", "lacking"))
    use = next(iter(found)).split("/")[1]
    assert f"{clip(use)}/clip-000000.jpg" not in found, "its source is gone"
    assert found[f"{clip(use)}/clip-000002.jpg"] == ("clip/unrendered.mp4", 2, 8, 0)
    assert f"{lacking(use)}/lacking-000001.jpg" not in found, "it failed"
    places, findings = placed(index, ["clip-000002.jpg", "clip/unrendered.mp4", "clip-000001"])
    assert not findings
    assert places.column("rendition_of").to_pylist() == ["clip/unrendered.mp4", None, "clip/unrendered.mp4"]
    assert places.column("frame").to_pylist() == [2, None, 1]


@pytest.mark.parametrize("given", [(), ("series",), ("series", "renditions")])
def test_a_dataset_of_nothing_has_an_index_of_nothing(tmp_path: Path, given: tuple[str, ...]) -> None:
    made = dict(zip(("media", "series", "renditions"), generations(tmp_path, Prefix()), strict=True))
    index = index_of(made["media"], *(made[name] for name in given))
    assert index.num_rows == 0
    assert index.schema.equals(PLACE_SCHEMA)
