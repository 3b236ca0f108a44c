"""Labels of volumes through the stages: from structure sets in the bucket and label files to exports, and back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pyarrow as pa
import pytest

from labelport.annotations.exporting import refresh_export
from labelport.annotations.live import folder_of
from labelport.annotations.stage import refresh_annotations
from labelport.catalogue.outcome import Outcome
from labelport.dataset import Dataset, open_dataset
from labelport.demo.structures import NAMES, structure_set, structures
from labelport.demo.volumes import nifti, stack
from labelport.runners.contract import Runner
from labelport.runners.local import LocalRunner
from labelport.settings import DatasetSettings
from labelport.testing.emitting import InlineRunner
from tests.labelport.stages import refreshed_here
from tests.labelport.tiles.buckets import live

SET = "dicom/ct_phantom/structures.dcm"


class Hospital:
    """A dataset of the demo's volumes and their labels, refreshed as a run does it, but for the workers."""

    def __init__(self, root: Path, *, runner: Callable[[], Runner] = InlineRunner, **annotations: Any) -> None:
        self.runner = runner
        self.raw = root / "raw"
        (self.raw / "labels").mkdir(parents=True)
        own = {"source": "labels", "exports": ["rtstruct", "nifti_onehot", "nifti_index", "coco"]} | annotations
        settings = {
            "name": "hospital",
            "bucket": str(self.raw),
            "publish": str(root / "out"),
            "exclude": ["labels/**"],
            "annotations": {name: value for name, value in own.items() if value is not None},
            "privacy": {"key_env": "TEST_KEY"},
            "limits": {"errors_block": 1.0, "unmatched_share": 1.0},
        }
        self.dataset: Dataset = open_dataset(DatasetSettings.model_validate(settings))

    def put(self, key: str, body: bytes) -> None:
        path = self.raw / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def refresh(self) -> Outcome:
        refreshed_here(self.dataset)
        return refresh_annotations(self.dataset, allow_removed=True, runner=self.runner)

    def rows(self, table: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = live(self.dataset, "annotations").table(table).to_pylist()
        return found

    def voxels(self) -> dict[str, int]:
        """Return the voxels of each category, counted from the published rows."""
        names = [row["name"] for row in self.rows("categories")]
        found: dict[str, int] = {}
        for row in self.rows("annotations"):
            name = names[row["category_id"]]
            found[name] = found.get(name, 0) + int(row["area_given"])
        return found

    def findings(self) -> set[str]:
        return {row["code"] for row in self.rows("findings")}

    def exported(self, format_id: str) -> dict[str, bytes]:
        """Write an export; return its files by name."""
        refresh_export(self.dataset, format_id)
        folder = Path(self.dataset.publish.uri.removeprefix("file://")) / folder_of(format_id)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "LIVE"
        }


@pytest.fixture(scope="module", autouse=True)
def _key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_KEY", "a key of the project")
        yield


def filled(root: Path, *, runner: Callable[[], Runner] = InlineRunner) -> Hospital:
    """Return a hospital with all files of the demo's volumes, refreshed once."""
    made = Hospital(root, runner=runner)
    for key, body in (*stack(), *nifti(), *structures()):
        made.put(key, body)
    made.refresh()
    return made


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    """Give one that no test changes. Its labels are read by workers: they find volumes and the key by themselves."""
    return filled(tmp_path_factory.mktemp("hospital"), runner=LocalRunner)


def test_structure_sets_of_the_bucket_and_label_files_are_one_table(hospital: Hospital) -> None:
    formats = {row["source_file"]: row["format"] for row in hospital.rows("sources") if row["role"] == "part"}
    assert formats == {f"bucket:{SET}": "rtstruct", "chest/chest_seg.nii.gz": "nifti_index"}
    assert {row["name"] for row in hospital.rows("categories")} == set(NAMES)
    keys = {row["key"] for row in hospital.rows("images")}
    assert "nifti/chest.nii.gz" in keys
    assert sum(key.startswith("dicom/ct_phantom/") for key in keys) == 12
    assert not hospital.findings() & {"rtstruct.off_plane", "nifti.geometry_mismatch", "name.unmatched"}
    assert all(count > 100 for count in hospital.voxels().values())


def test_no_uid_of_an_image_is_in_what_is_published(hospital: Hospital) -> None:
    tables = [live(hospital.dataset, stage).table(name) for stage, name in (("annotations", "images"),)]
    body = b"".join(
        path.read_bytes() for path in Path(hospital.dataset.publish.uri.removeprefix("file://")).rglob("*.json")
    )
    documents = b"".join(row["document"] or b"" for row in hospital.rows("sources"))
    assert b"1.2.826" not in body + documents + str([table.to_pylist() for table in tables]).encode()


def test_unchanged_files_are_kept_copies_count_once_and_exports_follow_the_images(tmp_path: Path) -> None:
    hospital = filled(tmp_path)
    before = hospital.voxels()
    assert hospital.refresh().changed is False
    hospital.put("labels/copy.dcm", structure_set())
    hospital.refresh()
    assert hospital.voxels() == before
    assert "volume.duplicate_object" in hospital.findings()
    first = hospital.exported("rtstruct")
    assert refresh_export(hospital.dataset, "rtstruct").changed is False
    (hospital.raw / "dicom/ct_phantom/IM0001.dcm").unlink()
    (hospital.raw / SET).unlink()
    hospital.refresh()
    assert sum(hospital.voxels().values()) < sum(before.values())
    second = hospital.exported("rtstruct")
    assert sorted(first) == sorted(second)
    assert first != second
    uneven = refresh_export(hospital.dataset, "nifti_index")
    assert {verdict.name: verdict.passed for verdict in uneven.verdicts} == {"names_unique": True, "lossless": False}
    assert "nifti.irregular_series" in uneven.verdicts[1].message
    assert "volume.duplicate_object" not in hospital.findings()
    (hospital.raw / "labels/copy.dcm").unlink()
    hospital.refresh()
    assert "body_wall" not in hospital.voxels()


def test_a_structure_set_that_comes_before_its_images_is_placed_when_they_are_there(tmp_path: Path) -> None:
    late = Hospital(tmp_path, source=None)
    late.put(SET, structure_set())
    late.refresh()
    assert late.rows("annotations") == []
    assert late.findings() & {"rtstruct.study_differs", "rtstruct.unresolved_series"}
    for key, body in stack():
        late.put(key, body)
    late.refresh()
    assert set(late.voxels()) == set(NAMES)
    assert not late.findings() & {"rtstruct.study_differs", "rtstruct.unresolved_series"}


def test_slices_that_come_later_have_their_contours_placed(tmp_path: Path) -> None:
    late = Hospital(tmp_path, source=None)
    slices = sorted(stack())
    for key, body in [*slices[:6], (SET, structure_set())]:
        late.put(key, body)
    late.refresh()
    some = sum(late.voxels().values())
    for key, body in slices[6:]:
        late.put(key, body)
    late.refresh()
    once = Hospital(tmp_path / "once", source=None)
    for key, body in [*slices, (SET, structure_set())]:
        once.put(key, body)
    once.refresh()
    assert sum(late.voxels().values()) > some
    assert late.voxels() == once.voxels()
    assert {row["code"] for row in late.rows("findings")} == {row["code"] for row in once.rows("findings")}


def test_every_export_of_volumes_holds_the_same_voxels(hospital: Hospital, tmp_path: Path) -> None:
    wanted = hospital.voxels()
    onehot = hospital.exported("nifti_onehot")
    listed = json.loads(onehot["segmentations/labels.json" if "segmentations/labels.json" in onehot else "labels.json"])
    counted = dict.fromkeys((each["name"] for each in listed), 0)
    for name, body in onehot.items():
        if name.endswith(".nii.gz"):
            path = tmp_path / "one.nii.gz"
            path.write_bytes(body)
            channels = np.asarray(nib.Nifti1Image.from_filename(path).dataobj)
            for number, each in enumerate(listed):
                counted[each["name"]] += int(channels[..., number].sum())
    assert counted == wanted
    sets = hospital.exported("rtstruct")
    again = Hospital(tmp_path / "again", source="labels")
    for key, body in stack():
        again.put(key, body)
    for name, body in sets.items():
        again.put(f"labels/{name}", body)
    again.refresh()
    of_set = {row["source_file"]: row["annotations"] for row in hospital.rows("sources")}[f"bucket:{SET}"]
    assert len(again.rows("annotations")) == of_set
    assert again.findings() <= {"format.unknown", "rtstruct.missing_planes"}


def test_coco_names_planes_of_volumes_and_reads_them_back(hospital: Hospital, tmp_path: Path) -> None:
    document = json.loads(hospital.exported("coco")["annotations.json"])
    names = [image["file_name"] for image in document["images"]]
    assert any(name.startswith("nifti/chest.nii.gz#frame=") for name in names)
    again = Hospital(tmp_path / "again")
    for key, body in (*stack(), *nifti()):
        again.put(key, body)
    again.put("labels/annotations.json", json.dumps(document).encode())
    again.refresh()
    assert "name.unmatched" not in again.findings()
    both = [
        pa.Table.from_pylist(sorted(each.rows("images"), key=lambda row: row["name_given"])).select(
            ["key", "series_id", "item_index", "frame"]
        )
        for each in (hospital, again)
    ]
    assert both[0].to_pylist() == both[1].to_pylist()
    sets, first = again.exported("rtstruct"), hospital.exported("rtstruct")
    assert sorted(sets) == sorted(first)
