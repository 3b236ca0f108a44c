"""Three slices of the volumes of real buckets: outlines on what they outline, and nothing that may not be shown."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labelport.annotations.structures_view.drawing import MOST_PNG_BYTES, Panel
from labelport.annotations.structures_view.reading import MOST_PLANES, planes_to_read
from labelport.annotations.structures_view.sheet import chosen_series, structure_panels, structures_sheet
from labelport.annotations.structures_view.work import WORK, sections
from labelport.annotations.volumes.catalogue_volumes import volumes_of
from labelport.annotations.volumes.image_volume import NoVolumes, Volumes
from labelport.annotations.volumes.structures import Labelled, Structure
from labelport.dataset import Dataset
from labelport.runners.contract import Shard, ShardResult, Work
from labelport.runners.local import LocalRunner
from tests.labelport.annotations.structures_view.phantoms import (
    coloured,
    image_of,
    labels,
    nifti_of,
    rgb,
    slices_of,
    stack_of,
    structure_of,
    values_of,
)
from tests.labelport.annotations.structures_view.test_cuts import wedge
from tests.labelport.tiles.buckets import grouped, live

BOX: dict[str, Any] = {"rows": 40, "columns": 50, "row_mm": 2.0, "column_mm": 1.5, "gap": 3.0, "planes": 24}
TURNED: dict[str, Any] = {"along_row": (0.956, 0.275, 0.1), "along_column": (-0.292, 0.899, 0.327)}
STACKS = {
    "axial": stack_of(**BOX),
    "sagittal": stack_of(**BOX, along_row=(0, 1, 0), along_column=(0, 0, -1)),
    "tilted": stack_of(**BOX, lean=(0, 1.0, 0)),
    "oblique": stack_of(**BOX, **TURNED),
}
RED = (250, 20, 30)


class Here:
    """Runs work in this process, and keeps the keys that it was given."""

    keys: list[str] = []  # noqa: RUF012 -- emptied by each test

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        assert work.function == WORK
        for shard in shards:
            Here.keys += shard.rows.column("key").to_pylist()
            rows = sections(shard.rows, work.options, lambda row: None)
            yield ShardResult(shard.number, pa.Table.from_batches([rows]), tuple(range(shard.rows.num_rows)))

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    Here.keys = []


def ct(x: Any, y: Any, z: Any) -> Any:
    """Return what a phantom shows: water where the structure is, else air."""
    return np.where(wedge(x, y, z), 1000, 0)


def corner(x: Any, y: Any, z: Any) -> Any:
    """Return whether a place is at the left, in front and up."""
    return (x > 20) & (y < -20) & (z > 20)


CORNER = stack_of(**BOX, along_row=(0, 0, 1), along_column=(-1, 0, 0))


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dataset, Volumes]]:
    """Return phantoms by folder.

    ``some`` has slices of a name burned in (500) and one that is cut short, ``all`` nothing else; of ``changed`` one
    slice has grown and one is gone.
    """
    files: dict[str, bytes] = {}
    for number, (name, stack) in enumerate(STACKS.items()):
        files |= slices_of(stack, values_of(stack, ct), series=number + 1, folder=f"{name}/", RescaleIntercept=-1000)
    stack = STACKS["axial"]
    files["nifti/v.nii.gz"] = gzip.compress(nifti_of(stack, values_of(stack, ct).astype(np.int16)))
    files["none/v.nii"] = unoriented(values_of(stack, ct).astype(np.int16))
    files |= slices_of(CORNER, values_of(CORNER, corner) * 500, series=5, folder="corner/")
    values = np.full((24, 40, 50), 100)
    values[:, :4] = 0
    values[4:7] = 500
    said = ["YES" if 4 <= plane < 7 else "NO" for plane in range(24)]
    window = {"WindowCenter": 250, "WindowWidth": 500}
    files |= slices_of(stack, values, series=6, folder="some/", BurnedInAnnotation=said, **window)
    files["some/s010.dcm"] = files["some/s010.dcm"][:-1000]  # plane 13
    files |= slices_of(stack, values, series=7, folder="all/", BurnedInAnnotation="YES", **window)
    files |= slices_of(stack, values, series=8, folder="changed/")
    folder = tmp_path_factory.mktemp("bucket")
    dataset = grouped(folder, files)
    with (folder / "raw/changed/s020.dcm").open("ab") as grown:
        grown.write(bytes(2))
    (folder / "raw/changed/s000.dcm").unlink()
    with volumes_of(dataset) as volumes:
        yield dataset, volumes


def unoriented(values: Any) -> bytes:
    """Return a NIfTI volume without sform and qform."""
    body = bytearray(nifti_of(STACKS["axial"], values))
    body[252:256] = bytes(4)
    return bytes(body)


def on(volumes: Volumes, folder: str) -> Labelled:
    """Return the wedge on the volume of a folder."""
    (image,) = volumes.below(folder)
    return Labelled(image, [structure_of(image.stack, wedge, "wedge", colour=RED)])


def panels(dataset: Dataset, volumes: Volumes, *labelled: Labelled) -> Sequence[Panel]:
    media = live(dataset, "media_metadata")
    return structure_panels(dataset, labels(*labelled), volumes, media, runner=Here)


@pytest.mark.parametrize("folders", [("axial", "sagittal", "tilted"), ("oblique", "nifti")])
def test_the_mask_of_a_structure_lies_on_the_pixels_that_show_it(
    bucket: tuple[Dataset, Volumes], folders: tuple[str, ...]
) -> None:
    dataset, volumes = bucket
    found = panels(dataset, volumes, *(on(volumes, folder) for folder in folders))
    assert len(found) == len(folders)
    for panel in found:
        assert (panel.notes, len(panel.slices)) == ([], 3)
        for each, mask in zip(panel.slices, panel.structures[0].masks, strict=True):
            assert mask is not None
            assert mask.sum() > 500
            bright = each.ground.pixels > 127
            assert np.array_equal(bright, mask), f"{panel.heading}: {each.title}"


def test_what_lies_at_the_left_in_front_and_up_is_shown_there(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    (image,) = volumes.below("corner")
    (panel,) = panels(dataset, volumes, Labelled(image, [structure_of(image.stack, corner, "corner")]))
    assert [each.title.split(",")[0] for each in panel.slices] == ["axial", "coronal", "sagittal"]
    places = []
    for each in panel.slices:
        rows, columns = np.nonzero(each.ground.pixels > 127)
        height, width = each.ground.pixels.shape
        places.append((columns.mean() / width > 0.5, rows.mean() / height < 0.5))
    # The patient's left is at the right, the front on top; in the sagittal slice the front is at the left.
    assert places == [(True, True), (True, True), (False, True)]


def test_a_volume_without_orientation_has_no_letters_and_says_so(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    (image,) = volumes.below("none")
    block = structure_of(image.stack, lambda x, y, z: np.ones(np.shape(x), bool), "all")
    (panel,) = panels(dataset, volumes, Labelled(image, [block]))
    assert panel.notes == ["no orientation: which side is left is not known"]
    assert {each.letters for each in panel.slices} == {("", "", "", "")}
    assert [each.ground.blank.any() for each in panel.slices] == [False] * 3


def test_a_sheet_is_small_shows_its_colours_and_is_the_same_again(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    given = labels(*(on(volumes, folder) for folder in ("axial", "oblique", "tilted")))
    media = live(dataset, "media_metadata")
    body, again = (structures_sheet(dataset, given, volumes, media, runner=each) for each in (LocalRunner, Here))
    assert body == again
    assert 3_000 < len(body) <= MOST_PNG_BYTES
    assert coloured(body, RED).sum() > 9 * 100
    page = rgb(body)
    assert 500 < page.shape[1] < 1000


def test_an_outline_goes_around_the_bright_pixels_of_the_sheet(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    body = structures_sheet(
        dataset, labels(on(volumes, "axial")), volumes, live(dataset, "media_metadata"), runner=Here
    )
    page = rgb(body).astype(int)
    grey = (np.ptp(page, axis=2) == 0) & (page[..., 0] > 150) & (page[..., 0] < 250)
    red = coloured(body, RED)
    black = (page == 0).all(axis=2)
    around = np.zeros(red.shape, bool)
    for step, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
        around |= np.roll(grey, step, axis) & black
    assert grey.sum() > 3000
    assert around.sum() == 0, "between bright and black there is an outline everywhere"
    assert red.sum() > 300


def with_previews(dataset: Dataset, word: str) -> Dataset:
    privacy = dataset.settings.privacy.model_copy(update={"previews": word})
    return replace(dataset, settings=dataset.settings.model_copy(update={"privacy": privacy}))


def white(panel: Panel) -> int:
    """Return how many pixels have the value of the burned-in slices."""
    return sum(int((each.ground.pixels == 255).sum()) for each in panel.slices)


def test_nothing_of_a_withheld_object_is_read_or_shown(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    some, every = on(volumes, "some"), on(volumes, "all")
    found = panels(dataset, volumes, some, every)
    partly, wholly = (
        next(panel for panel in found if each.image.series_id.startswith(panel.heading)) for each in (some, every)
    )
    assert [white(panel) for panel in found] == [0, 0]
    assert sorted(Here.keys) == [f"some/s{name:03}.dcm" for name in range(24) if not 17 <= name < 20]
    assert partly.notes == ["slices 4-6 withheld (burned-in text)", "slice 13 not shown (is cut short)"]
    assert wholly.notes == ["outlines alone: images withheld (burned-in text)"]
    assert all(each.ground.blank.all() for each in wholly.slices)
    assert all(mask is not None and mask.any() for mask in wholly.structures[0].masks), "outlines are shown"
    for each in partly.slices[1:]:
        blank: Any = each.ground.blank.any(axis=1)
        assert blank.sum() == pytest.approx(len(blank) * 4 / 24, abs=2)
        assert np.array_equal(each.ground.blank.all(axis=1), blank), "bands"
    given, media = labels(some, every), live(dataset, "media_metadata")
    lightest = (205, 205, 205)
    assert not coloured(structures_sheet(dataset, given, volumes, media, runner=Here), lightest).any()
    shown = structures_sheet(with_previews(dataset, "all"), given, volumes, media, runner=Here)
    assert coloured(shown, lightest).sum() > 100, "the same picture shows them where it may"
    assert all(white(panel) > 0 for panel in panels(with_previews(dataset, "all"), volumes, some, every))


def test_where_no_pictures_are_wanted_there_is_none(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    given, media = labels(on(volumes, "axial")), live(dataset, "media_metadata")
    assert structures_sheet(with_previews(dataset, "none"), given, volumes, media, runner=Here) == b""
    assert Here.keys == []


def test_an_object_that_changed_since_is_not_shown(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    (panel,) = panels(dataset, volumes, on(volumes, "changed"))
    assert panel.notes == ["slices 3, 23 not shown (changed or vanished)"]


def test_labels_whose_images_are_not_known_are_outlines_alone(bucket: tuple[Dataset, Volumes]) -> None:
    image = replace(image_of(STACKS["axial"], series_id="", kind="none", keys=["x.nii"] * 24), frames=list(range(24)))
    (panel,) = panels(bucket[0], NoVolumes(), Labelled(image, [structure_of(image.stack, wedge, "wedge")]))
    assert panel.heading == "labels whose images are not known"
    assert panel.notes == ["outlines alone: the images are not known"]
    assert Here.keys == []
    assert all(each.ground.blank.all() for each in panel.slices)


def test_structures_are_named_with_their_size_and_empty_ones_too(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    labelled = on(volumes, "axial")
    few = Structure("dots\n\x1b[31m", "2", {})
    (panel,) = panels(dataset, volumes, Labelled(labelled.image, [*labelled.structures, few]))
    ml = labelled.structures[0].voxels * 9 / 1000
    assert [each.words for each in panel.structures] == [f"wedge  {ml:.3g} ml", "dots\\x0a\\x1b[31m  0 ml"]


def test_volumes_with_more_structures_come_first_and_equal_ones_by_their_hash() -> None:
    names = [f"series-{number}" for number in range(6)]
    stacks = [
        image_of(stack_of(planes=3, rows=4, columns=4), series_id=name, keys=[f"{name}/{n}" for n in range(3)])
        for name in names
    ]
    one, other = (structure_of(stacks[0].stack, lambda x, y, z: x > 0, name) for name in ("a", "b"))
    alike = chosen_series(labels(*(Labelled(each, [one]) for each in stacks)))
    assert sorted(alike) == names
    assert alike != names, "no order of the alphabet"
    last = alike[-1]
    more = labels(*(Labelled(each, [one, other] if each.series_id == last else [one]) for each in stacks))
    assert chosen_series(more) == [last, *alike[:-1]]


def test_nothing_is_drawn_where_no_structure_has_a_voxel(bucket: tuple[Dataset, Volumes]) -> None:
    dataset, volumes = bucket
    empty = Labelled(on(volumes, "axial").image, [Structure("nothing", "1", {})])
    media = live(dataset, "media_metadata")
    assert structures_sheet(dataset, labels(empty), volumes, media, runner=Here) == b""
    assert Here.keys == []


@pytest.mark.parametrize("count", [1, 299, 300, 301, 1000])
def test_of_many_planes_every_nth_is_read_and_the_one_that_is_shown(count: int) -> None:
    for through in (0, count // 3, count - 1):
        planes, step = planes_to_read(count, through)
        assert through in planes
        assert len(planes) <= MOST_PLANES
        assert len(planes) * step > count - step


def test_of_many_planes_the_picture_says_how_many_were_read(
    bucket: tuple[Dataset, Volumes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelport.annotations.structures_view.reading.MOST_PLANES", 8)
    dataset, volumes = bucket
    (panel,) = panels(dataset, volumes, on(volumes, "axial"))
    assert len(Here.keys) == 8
    assert panel.notes == ["of 24 slices every 3rd was read"]
    assert [each.ground.blank.any() for each in panel.slices] == [False] * 3
