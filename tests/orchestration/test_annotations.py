"""Annotation files that come, change and go: what is read, what is published, what the exports hold; real runs."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from labelport.annotations.stage import refresh_annotations
from labelport.errors import SettingsError
from orchestration.annotation_changes import build_annotation_changes
from tests.orchestration.deployment import Deployment, put_picture, told


class Labelled(Deployment):
    """A folder of pictures with annotation files beside it; a second sensor looks at these."""

    def __init__(self, root: Path) -> None:
        self.labels = root / "birds/labels"
        self.results = root / "birds/results"
        self.label_cursor: str | None = None
        for folder in (self.labels, self.results):
            folder.mkdir(parents=True)
        self.put_coco("first.json", {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []})
        super().__init__(root)

    def describe(self, name: str = "birds", **changes: Any) -> None:
        own: dict[str, Any] = {
            "manifests": [{"platform": "centaur", "name": "centaur"}],
            "annotations": {"source": str(self.labels), "exports": ["coco", "yolo_darknet"]},
            "results": [{"platform": "centaur", "source": str(self.results)}],
            "limits": {"removed_share": 0.9},
        }
        super().describe(name, **(own | changes))

    def load(self) -> None:
        super().load()
        self.label_sensor = build_annotation_changes(self.watched)

    def put_coco(self, name: str, boxes: dict[str, list[list[float]]], *, category: str = "bird") -> None:
        """Write a COCO file with boxes (x, y, width, height) by image."""
        images = [{"id": n, "file_name": image, "width": 8, "height": 6} for n, image in enumerate(boxes)]
        annotations = [
            {"id": 10 * n + k, "image_id": n, "category_id": 0, "bbox": box, "iscrowd": 0}
            for n, each in enumerate(boxes.values())
            for k, box in enumerate(each)
        ]
        body = {"images": images, "categories": [{"id": 0, "name": category}], "annotations": annotations}
        (self.labels / name).write_text(json.dumps(body))

    def exported(self) -> dict[str, Any]:
        """Return the COCO export."""
        body: dict[str, Any] = json.loads(self.open().publish.get("annotations/coco/annotations.json").body)
        return body

    def boxes(self) -> dict[str, list[Any]]:
        """Return the boxes of the COCO export by image."""
        body = self.exported()
        names = {image["id"]: image["file_name"] for image in body["images"]}
        found: dict[str, list[Any]] = {name: [] for name in names.values()}
        for each in body["annotations"]:
            found[names[each["image_id"]]].append(each.get("bbox"))
        return found

    def label_tick(self) -> list[str]:
        """Evaluate the sensor of annotations, run what it asks for, and return the reasons."""
        context = dg.build_sensor_context(cursor=self.label_cursor, instance=self.instance, definitions=self.defs)
        asked = self.label_sensor(context)
        assert isinstance(asked, dg.SensorResult)
        self.label_cursor = asked.cursor
        for request in asked.run_requests or []:
            assert self.run(tags=request.tags).success
        return [request.tags["labelport/reason"] for request in asked.run_requests or []]


@pytest.fixture
def birds(tmp_path: Path) -> Labelled:
    return Labelled(tmp_path)


@pytest.mark.usefixtures("workers")
def test_annotations_are_read_matched_and_exported(birds: Labelled) -> None:
    result = birds.run()
    assert result.success
    images = birds.live("annotations").table("images").to_pylist()
    assert [(row["name_given"], row["key"], row["state"]) for row in images] == [
        ("dawn/0.png", "dawn/0.png", "labelled"),
        ("dawn/1.png", "dawn/1.png", "negative"),
    ]
    assert images[0]["series_id"] == images[1]["series_id"] is not None
    assert [row["item_index"] for row in images] == [0, 1]
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []}
    publish = birds.open().publish
    assert publish.get("annotations/yolo_darknet/label.labels").body == b"bird\n"
    assert publish.get("annotations/yolo_darknet/labels/dawn/1.txt").body == b"", "a negative image has an empty file"
    assert told(result, "annotations")["labelport/annotations"] == 1


def test_an_unchanged_second_run_reads_nothing_and_writes_nothing(birds: Labelled) -> None:
    birds.run()
    published = {path: path.stat().st_mtime_ns for path in (birds.root / "birds/publish/annotations").rglob("*")}
    again = birds.run()
    assert told(again, "annotations")["labelport/content_changed"] is False
    assert told(again, "annotations")["labelport/files_read"] == 0
    assert told(again, "coco_annotations")["labelport/copied"] == 0
    assert published == {
        path: path.stat().st_mtime_ns for path in (birds.root / "birds/publish/annotations").rglob("*")
    }


def test_the_sensor_sees_a_file_added_replaced_and_deleted_and_the_exports_follow(birds: Labelled) -> None:
    assert birds.label_tick() == ["annotations changed"]
    assert birds.label_tick() == []
    birds.put_coco("second.json", {"dawn/1.png": [[2, 2, 2, 2]]}, category="nest")
    assert birds.label_tick() == ["annotations changed"]
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": [[2, 2, 2, 2]]}
    assert [each["name"] for each in birds.exported()["categories"]] == ["bird", "nest"]
    birds.put_coco("second.json", {"dawn/1.png": [[0, 0, 5, 5]]}, category="nest")
    assert birds.label_tick() == ["annotations changed"]
    assert birds.boxes()["dawn/1.png"] == [[0, 0, 5, 5]]
    (birds.labels / "second.json").unlink()
    assert birds.label_tick() == ["annotations changed"]
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []}
    assert birds.label_tick() == []


def test_only_the_file_that_changed_is_read_again(birds: Labelled) -> None:
    for number in range(5):
        birds.put_coco(f"{number}.json", {"dawn/1.png": [[number, 0, 1, 1]]})
    birds.run()
    birds.put_coco("3.json", {"dawn/1.png": [[7, 0, 1, 1]]})
    result = birds.run()
    assert told(result, "annotations")["labelport/files_read"] == 1
    assert birds.boxes()["dawn/1.png"] == [[n, 0, 1, 1] for n in (0, 1, 2, 7, 4)]


def test_an_upload_of_the_image_matches_labels_that_came_before_it(birds: Labelled) -> None:
    birds.put_coco("early.json", {"noon/0.png": [[1, 1, 1, 1]]})
    birds.describe(limits={"unmatched_share": 1, "removed_share": 0.9})
    birds.load()
    birds.run()
    assert "noon/0.png" not in birds.boxes()
    codes = birds.live("annotations").table("findings")["code"].to_pylist()
    assert "name.unmatched" in codes
    put_picture(birds.source() / "noon/0.png")
    assert birds.run().success
    assert birds.boxes()["noon/0.png"] == [[1, 1, 1, 1]]
    assert "name.unmatched" not in birds.live("annotations").table("findings")["code"].to_pylist()


def test_results_of_a_platform_join_the_annotations(birds: Labelled) -> None:
    birds.label_tick()
    rows = ["Case ID,Origin,Correct Label,Patch", 'c1,dawn/1.png,owl,"POLYGON ((0 0, 50 0, 50 50, 0 50, 0 0))"']
    (birds.results / "export.csv").write_text("\n".join(rows) + "\n")
    assert birds.label_tick() == ["annotations changed"]
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": [[0, 0, 4, 3]]}
    assert [each["name"] for each in birds.exported()["categories"]] == ["bird", "owl"]


def test_too_many_labels_of_unknown_images_leave_the_last_good_rows_live(birds: Labelled) -> None:
    birds.run()
    birds.put_coco("strange.json", {f"nowhere/{n}.png": [[1, 1, 1, 1]] for n in range(9)})
    refused = birds.run()
    assert not refused.success
    verdicts = {each.check_name: each.passed for each in refused.get_asset_check_evaluations()}
    assert verdicts["unmatched_share"] is False
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []}
    assert birds.run(config={"annotations": {"allow_errors": True}}).success
    assert birds.live("annotations").stamp.rows["annotations"] == 10
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []}, "what is not in the dataset stays out"


def test_a_broken_file_costs_itself_and_is_named_with_its_place(birds: Labelled) -> None:
    birds.describe(limits={"errors_block": 0.5, "removed_share": 0.9})
    birds.load()
    (birds.labels / "torn.json").write_text('{"images": [], "annotations": [\n {"id": 1,')
    birds.run()
    found = [row for row in birds.live("annotations").table("findings").to_pylist() if row["file"] == "torn.json"]
    assert [(row["code"], row["severity"]) for row in found] == [("json.not_json", "error")]
    assert found[0]["pointer"].startswith("2:")
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []}


def test_a_vanished_folder_of_labels_is_no_empty_one(birds: Labelled) -> None:
    birds.run()
    birds.labels.rename(birds.root / "away")
    assert not birds.run().success
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []}


def test_a_copy_that_was_killed_is_finished_by_the_next_run(birds: Labelled) -> None:
    birds.run()
    publish = birds.open().publish
    publish.delete("annotations/coco/LIVE")
    publish.put("annotations/coco/annotations.json", b"half")
    publish.put("annotations/coco/stale.json", b"of an earlier run")
    result = birds.run()
    assert told(result, "coco_annotations")["labelport/content_changed"] is False
    assert birds.boxes() == {"dawn/0.png": [[1, 1, 3, 2]], "dawn/1.png": []}
    listed = [key for batch in publish.list("annotations/coco/") for key in batch.column("key").to_pylist()]
    assert sorted(listed) == ["annotations/coco/LIVE", "annotations/coco/annotations.json"]


def test_lineage_and_checks_are_as_documented(birds: Labelled) -> None:
    specs = {spec.key.path[-1]: spec for spec in birds.defs.resolve_all_asset_specs()}
    checks = birds.defs.resolve_asset_graph().asset_check_keys

    def shape(name: str) -> tuple[set[str], set[str]]:
        spec = specs[name]
        deps = {dep.asset_key.path[-1] for dep in spec.deps}
        return deps, {check.name for check in checks if check.asset_key == spec.key}

    assert shape("annotation_files") == (set(), set())
    assert shape("annotations") == (
        {"annotation_files", "media_metadata", "series", "centaur_manifest"},
        {"files_removed", "errors_share", "unmatched_share", "unknown_categories", "boxes_outside", "empty_images"},
    )
    assert shape("coco_annotations") == ({"annotations"}, {"names_unique", "lossless"})
    assert {key.path[-1] for key in birds.watched[0].keys} & {"bucket", "annotation_files"} == set()
    assert birds.watched[0].annotations == (str(birds.labels), str(birds.results))


def test_a_file_called_as_a_result_is_refused_with_words(birds: Labelled) -> None:
    (birds.results / "x.csv").write_text("Origin,Correct Label\ndawn/0.png,owl\n")
    birds.put_coco("centaur:x.csv", {})
    birds.run("bucket_inventory", "media_metadata", "series")
    with pytest.raises(SettingsError, match=r"two annotation files are called centaur:x\.csv"):
        refresh_annotations(birds.open())


def test_an_export_that_loses_what_somebody_drew_warns_and_one_that_loses_sizes_does_not(birds: Labelled) -> None:
    birds.describe(annotations={"source": str(birds.labels), "exports": ["yolo_darknet", "csv_classes"]})
    birds.load()
    result = birds.run()
    passed = {
        each.asset_key.path[-1]: each.passed
        for each in result.get_asset_check_evaluations()
        if each.check_name == "lossless"
    }
    assert passed == {"yolo_darknet_annotations": True, "csv_classes_annotations": False}
