"""hotcoco on one task: ``run_hotcoco.py read|yolo|voc ANNOTATIONS IMAGES OUT``; prints how many annotations it read."""

import sys

from hotcoco import COCO  # type: ignore[import-not-found]  # in its own environment

task, annotations, _, out = sys.argv[1:]
coco = COCO(annotations)
if task == "yolo":
    coco.to_yolo(out)
elif task == "voc":
    coco.to_voc(out)
print(len(coco.get_ann_ids()))
