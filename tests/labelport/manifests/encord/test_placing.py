"""Series whose objects are renditions: what the items are counts, not what the series was."""

import pytest

from labelport.manifests.contract import Item, Series
from labelport.manifests.encord import EncordOptions
from labelport.manifests.encord.placing import Placement, place
from tests.labelport.manifests.encord.prefixes import dicom, image


def rendered(kind: str, count: int = 2, *, versions: tuple[str | None, ...] = (None,), **given: object) -> Series:
    """Return a series of that kind whose items are pictures that we made."""
    items = tuple(
        Item(
            {
                "index": n,
                "role": "image",
                "store": "publish",
                "key": f"r/{n}.png",
                "frame": n,
                "version": versions[n % len(versions)],
            },
            image(f"r/{n}.png", store="publish", **given),
        )
        for n in range(count)
    )
    return Series({"series_id": "s", "kind": kind, "rule": "dicom"}, items)


def placed(series: Series, **options: bool) -> Placement:
    return place(series, EncordOptions.model_validate(options))


@pytest.mark.parametrize("kind", ["stack", "volume4d", "cine", "volume", "frames", "table"])
def test_renditions_of_any_series_are_a_group_of_pictures(kind: str) -> None:
    (entry,) = placed(rendered(kind)).entries
    assert (entry.section, entry.sequence, len(entry.items)) == ("image_groups", False, 2)


@pytest.mark.parametrize("kind", ["stack", "volume4d", "cine", "volume", "frames", "table"])
def test_they_are_frames_of_a_sequence_where_that_is_asked_for(kind: str) -> None:
    (entry,) = placed(rendered(kind), sequences=True).entries
    assert entry.sequence


@pytest.mark.parametrize("kind", ["stack", "volume", "table"])
def test_several_windows_of_one_picture_are_never_a_sequence(kind: str) -> None:
    (entry,) = placed(rendered(kind, versions=("lung", "bone")), sequences=True).entries
    assert (entry.section, entry.sequence) == ("image_groups", False)


def test_one_rendition_of_a_single_object_is_a_picture() -> None:
    (entry,) = placed(rendered("single", 1)).entries
    assert entry.section == "images"


def test_frames_of_the_raw_object_still_need_a_rendition() -> None:
    row = {"index": 0, "role": "image", "store": "raw", "key": "a.png", "frame": 3}
    series = Series({"series_id": "s", "kind": "table", "rule": "table"}, (Item(row, image("a.png")),))
    assert placed(series).refused == "single frames of a file"


def test_raw_pictures_in_a_stack_are_told_apart_from_dicom() -> None:
    rows = [{"index": n, "role": "image", "store": "raw", "key": f"{n}", "frame": None} for n in range(2)]
    items = (Item(rows[0], dicom("0")), Item(rows[1], image("1")))
    placement = placed(Series({"series_id": "s", "kind": "stack", "rule": "dicom"}, items))
    assert [(found, wanted) for _, found, wanted in placement.unfit] == [("image", "dicom")]
