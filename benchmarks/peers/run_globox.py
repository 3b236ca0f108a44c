"""globox on one task: ``run_globox.py read|yolo|voc ANNOTATIONS IMAGES OUT``; prints how many boxes it read."""

import sys

from globox import AnnotationSet  # type: ignore[import-not-found]  # in its own environment

task, annotations, _, out = sys.argv[1:]
boxes = AnnotationSet.from_coco(annotations)
if task == "yolo":
    # Without the ids of classes it would write their names.
    labels = sorted(boxes._labels())
    boxes.save_yolo_darknet(out, label_to_id={label: number for number, label in enumerate(labels)})
elif task == "voc":
    boxes.save_pascal_voc(out)
print(boxes.nb_boxes())
