"""datumaro on one task: ``run_datumaro.py read|yolo|voc ANNOTATIONS IMAGES OUT``; prints how many annotations it read."""

import sys

from datumaro import Dataset  # type: ignore[import-not-found]  # in its own environment

task, annotations, _, out = sys.argv[1:]
dataset = Dataset.import_from(annotations, "coco_instances")
# Each ring is a polygon of its own there; those of one annotation have its id.
read = sum(len({each.id for each in item.annotations}) for item in dataset)
if task == "yolo":
    dataset.export(out, "yolo", save_media=False)
elif task == "voc":
    dataset.export(out, "voc_detection", save_media=False)
print(read)
