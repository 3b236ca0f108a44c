"""Writing YOLO Keras: ``label.txt`` and one line an image in ``annotation.txt``."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import in_pixels
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.yolo_darknet.choosing import choose, class_list, cut
from labelport.annotations.formats.yolo_darknet.writing import SHAPES, slices
from labelport.annotations.formats.yolo_keras.lines import lines_of
from labelport.annotations.naming import written_names
from labelport.annotations.said import Said

LABEL_FILE = "label.txt"
ANNOTATION_FILE = "annotation.txt"


def write(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write the classes, and a line for each image: its name, and its boxes in pixels."""
    options = context.options
    boxes = cut(in_pixels(given), given, options, shares=False)
    names = context.names if context.names is not None else written_names(given)
    targets = [name if _reads_back(name, context.said) else None for name in names]
    chosen = choose(given, targets, boxes, shapes=SHAPES, options=options, said=context.said)
    classes = class_list(given.categories, context.said)
    output.put(LABEL_FILE, "".join(f"{name}\n" for name in classes.names).encode())
    category = given.annotations.column("category_id").to_numpy(zero_copy_only=False)[chosen.rows].astype(np.int64)
    numbers = classes.of_category[category] if len(category) else category
    with output.open(ANNOTATION_FILE) as file:
        for first, last in slices(chosen):
            low, high = int(chosen.starts[first]), int(chosen.starts[last])
            corners = boxes[chosen.rows[low:high]] + 0.0
            columns = [pa.array(np.ascontiguousarray(corners[:, i])).cast(pa.string()) for i in range(4)]
            words = pc.binary_join_element_wise(*columns, pa.array(numbers[low:high]).cast(pa.string()), ",")
            words = pc.binary_join_element_wise("", words, " ")
            offsets = pa.array((chosen.starts[first : last + 1] - low).astype(np.int32))
            fields = pc.binary_join(pa.ListArray.from_arrays(offsets, words), "")
            lines = pc.binary_join_element_wise(pa.array(chosen.targets[first:last], pa.string()), fields, "\n", "")
            file.write("".join(lines.to_pylist()).encode())


def _reads_back(name: str, said: Said) -> bool:
    """Return whether a line of this name and a box reads as that; where it does not, it is told."""
    text = name.encode()
    found = list(lines_of(b"%s 0,0,1,1,0" % text))
    good = (
        len(found) == 1
        and found[0].name == text
        and len(found[0].fields) == 1
        and text[:1] not in {b"\xef", b"\xff", b"\xfe"}
    )
    if not good:
        said.say("name.unsafe", ANNOTATION_FILE, "", "the name cannot be told from boxes in this format", value=name)
    return good
