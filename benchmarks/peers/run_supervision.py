"""supervision on one task: ``run_supervision.py read|yolo|voc ANNOTATIONS IMAGES OUT``; prints how many boxes it read."""

import sys

from supervision import DetectionDataset  # type: ignore[import-not-found]  # in its own environment

task, annotations, images, out = sys.argv[1:]
dataset = DetectionDataset.from_coco(images_directory_path=images, annotations_path=annotations)
if task == "yolo":
    dataset.as_yolo(annotations_directory_path=out)
elif task == "voc":
    dataset.as_pascal_voc(annotations_directory_path=out)
print(sum(len(found) for found in dataset.annotations.values()))
