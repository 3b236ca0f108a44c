"""The formats of the registry, of pictures and of volumes, and what a test does while one is absent."""

import pytest

from labelport.annotations.contract import Format
from labelport.annotations.detecting import formats
from labelport.registry import ANNOTATION_FORMATS, broken

IDS = (
    "centaur_results", "coco", "coco_boxes", "coco_keypoints", "coco_masks", "createml", "csv_classes", "csv_corners",
    "csv_size", "datature_skeleton", "labelme", "pascal_voc", "yolo_darknet", "yolo_keras",
)  # fmt: skip
"""Formats of pictures and tables."""

VOLUMES = ("dicom_seg", "nifti_index", "nifti_onehot", "rtstruct")
"""Formats of volumes: their rows are no shapes of pictures."""

VOLUMES_WRITTEN = ("nifti_index", "nifti_onehot", "rtstruct")

READ = (
    "coco",
    "createml",
    "csv_classes",
    "csv_corners",
    "csv_size",
    "labelme",
    "pascal_voc",
    "yolo_darknet",
    "yolo_keras",
)
"""Formats of pictures that are read and written."""

WRITTEN = (*READ, "coco_boxes", "coco_keypoints", "coco_masks")


def format_of(format_id: str) -> Format:
    """Return a format; the test is skipped with the reason where it cannot be loaded, which one test fails for."""
    known = formats()
    if format_id not in known:
        pytest.skip(
            f"{format_id} cannot be loaded: {broken(ANNOTATION_FORMATS).get(format_id, 'it is not registered')}"
        )
    found: Format = known[format_id]
    return found
