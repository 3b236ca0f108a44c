"""COCO: boxes, polygons and masks, keypoints."""

from labelport.annotations.formats.coco.coco_format import COCO, COCO_BOXES, COCO_KEYPOINTS, COCO_MASKS

__all__ = ["COCO", "COCO_BOXES", "COCO_KEYPOINTS", "COCO_MASKS"]
