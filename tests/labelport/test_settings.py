"""What the settings of a dataset accept, and what they refuse with which words."""

from typing import Any

import pytest
from pydantic import ValidationError

from labelport.settings import DatasetSettings, seconds_of


def settings(**changes: Any) -> DatasetSettings:
    return DatasetSettings.model_validate({"name": "echo", "bucket": "/raw", "publish": "/out"} | changes)


def test_rules_are_dicom_video_single_where_none_are_given() -> None:
    assert [rule.rule for rule in settings().series] == ["dicom", "video", "single"]


def test_options_of_rules_and_platforms_are_those_of_their_plug_ins() -> None:
    found = settings(
        series=[{"rule": "pattern", "match": "(?P<series>.+)"}, {"rule": "single"}],
        manifests=[{"platform": "cvat", "mode": "exact"}, {"platform": "centaur", "name": "second"}],
    )
    assert [manifest.manifest_name for manifest in found.manifests] == ["cvat", "second"]
    assert found.manifest("second").platform == "centaur"
    with pytest.raises(KeyError):
        found.manifest("third")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nmae": "x"}, "Extra inputs"),
        ({"name": "Echo"}, "pattern"),
        ({"bucket": ["/a", "/b"]}, "one bucket"),
        ({"bucket": ""}, "one bucket"),
        ({"publish": "/raw/"}, "another place"),
        ({"refresh": "daily"}, "five fields"),
        ({"poll": "5 minutes"}, "pattern"),
        ({"series": [{"rule": "dicm"}]}, "dicm"),
        ({"series": [{"rule": "dicom", "mrege": True}]}, "Extra inputs"),
        ({"manifests": [{"platform": "cvat"}, {"platform": "cvat"}]}, "two manifests are called cvat"),
        ({"manifests": [{"platform": "cvat", "use": "frames"}]}, "not defined"),
        ({"manifests": [{"platform": "cvat", "split": {"train": 0.8, "val": 0.1}}]}, "sum to 1"),
        ({"limits": {"removed_share": 2}}, "less than or equal to 1"),
        ({"events": "https://queue"}, "a folder is watched without them"),
        ({"annotations": {"source": "/l", "format": "coco_"}}, "there is no format 'coco_'"),
        ({"annotations": {"source": "/l", "options": {"channel_axis": 9}}}, "less than or equal to 4"),
        ({"annotations": {"exports": ["rtstruct"], "options": {"uids": "pseudonym"}}}, "needs privacy.key_env"),
        ({"annotations": {"source": "/l", "exports": ["dicom_seg"]}}, "dicom_seg is read, and not written"),
        ({"annotations": {"source": "/l", "exports": ["centaur_results"]}}, "is read, and not written"),
        ({"annotations": {"source": "/l", "exports": ["coco", "coco"]}}, "stands twice"),
        ({"annotations": {"source": "/l", "options": {"yolo_orign": "centre"}}}, "Extra inputs"),
        ({"annotations": {"source": "/out"}}, "another place than publish"),
        ({"results": [{"platform": "cvat", "source": "/r"}]}, "results of 'cvat' are not read"),
        ({"annotations": {"source": "/r"}, "results": [{"platform": "centaur", "source": "/r"}]}, "one place"),
        ({"runner": {"dask": "tcp://127.0.0.1:1"}}, "cannot do it yet: runner: dask"),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**changes)


def test_a_hash_covers_only_the_settings_that_it_names() -> None:
    one, other = settings(), settings(manifests=[{"platform": "cvat"}])
    assert one.hash_of("bucket", "include") == other.hash_of("bucket", "include")
    assert one.hash_of() != other.hash_of()
    assert one.hash_of("include") == settings(include=["**/*"]).hash_of("include")  # a default that is written out


def test_options_of_annotations_are_those_of_all_formats_together() -> None:
    own = {"yolo_origin": "top_left", "yolo_scores": True, "labelme_flags": "classes"}
    found = settings(annotations={"source": "labels", "options": own, "exports": ["coco", "yolo_darknet"]})
    assert found.has_annotations
    assert found.annotations is not None
    assert found.annotations.options.yolo_scores is True
    assert not settings().has_annotations
    assert settings(results=[{"platform": "centaur", "source": "r"}]).results[0].format == "centaur_results"


def test_durations_are_read_in_seconds() -> None:
    assert [seconds_of(text) for text in ("30s", "5m", "3h", "2d")] == [30, 300, 10800, 172800]
    with pytest.raises(ValueError, match="no duration"):
        seconds_of("5")
