"""Where the files of a manifest must lie (specification 2.14)."""

import pytest

from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.manifests.cvat.placing import is_placed, path_in_root, video_outputs

IMAGES = ["images/manifest.jsonl", "images/index.json"]
CLOUDS = ["pointcloud/manifest.jsonl", "pointcloud/index.json"]
BESIDE = ["cvat.skipped.csv", "cvat.README.txt"]


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (IMAGES, ["manifest.jsonl", "index.json"]),
        (CLOUDS, ["manifest.jsonl", "index.json"]),
        ([*IMAGES, *CLOUDS], ["manifest.jsonl", "index.json", "pointcloud.jsonl"]),
        (["images/manifest.jsonl", *CLOUDS], ["manifest.jsonl", "pointcloud.jsonl"]),
        (["video/a/x.mp4.manifest.jsonl"], ["a/x.mp4.manifest.jsonl"]),
        (["video/a/x.mp4/manifest.jsonl", "video/a/x.mp4/index.json"], ["a/x.mp4.manifest.jsonl"]),
        (BESIDE, []),
    ],
)
def test_the_table_of_places(names: list[str], keys: list[str]) -> None:
    options = CvatOptions(place="data-root")
    assert list(Cvat().placements(options, [*names, *BESIDE]).values()) == keys
    assert Cvat().placements(CvatOptions(), names) == {}


@pytest.mark.parametrize("index", [True, False])
def test_what_is_put_among_the_data_is_known_again(index: bool) -> None:
    names = [*IMAGES, *CLOUDS, *(name for name in video_outputs("a/x.mp4", index=index) if name)]
    placed = Cvat().placements(CvatOptions(place="data-root"), names)
    assert len(set(placed.values())) == len(placed)
    assert all(is_placed(key) for key in placed.values())
    assert not is_placed("notes/my_manifest.json")


@pytest.mark.parametrize("more", [{"split": {"a": 0.5, "b": 0.5}}, {"use": "frames"}])
def test_the_data_root_holds_one_manifest_of_the_raw_data(more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"place: data-root and (split|use) exclude each other"):
        CvatOptions.model_validate({"place": "data-root", **more})
    assert CvatOptions.model_validate(more).place == "publish"


def test_with_a_rendition_its_folder_is_the_root_of_the_data() -> None:
    options = CvatOptions(use="lung")
    assert path_in_root(options, "publish", "renditions/lung/s-1/000001.png") == "s-1/000001.png"
    assert path_in_root(options, "publish", "renditions/lungs/s-1/000001.png") is None
    assert path_in_root(options, "raw", "renditions/lung/s-1/000001.png") is None
    assert path_in_root(CvatOptions(), "raw", "a.png") == "a.png"
    assert path_in_root(CvatOptions(), "publish", "a.png") is None
