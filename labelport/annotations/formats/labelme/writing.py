"""LabelMe files of a set, one an image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import cut_to, image_sizes, in_pixels
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.labelme.documents import CLASSES, READ
from labelport.annotations.formats.labelme.holding import HOLDS
from labelport.annotations.formats.labelme.numbers import as_json
from labelport.annotations.formats.labelme.shape_texts import Drawn, Made, is_whole, made_of, texts_of
from labelport.annotations.formats.pascal_voc.image_files import Flags, Ints, image_files
from labelport.annotations.formats.pascal_voc.members import from_extras
from labelport.annotations.naming import written_names
from labelport.annotations.said import Said

VERSION = "5.5.0"
FILES_AT_ONCE = 1024

COLUMNS = ("category_id", "kind", "segmentation", "segmentation_kind", "unit", "keypoints", "group_id", "extras")


def write(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write one file of each image that is labelled or negative, in the order of the images."""
    names = list(context.names) if context.names is not None else written_names(given)
    rows = _writable(given, context.said)
    files = image_files(given, names, ".json", rows, context)
    order, starts = files.order_of(given, rows)
    boxes = in_pixels(given)
    if context.options.clip:
        boxes = cut_to(boxes, image_sizes(given))
    told = _Told()
    for first in range(0, len(files.names), FILES_AT_ONCE):
        last = min(first + FILES_AT_ONCE, len(files.names))
        chosen = order[starts[first] : starts[last]]
        drawn = _drawn(given, chosen, boxes[chosen])
        images = given.images.select(["width", "height", "extras"]).take(pa.array(files.images[first:last]))
        for number, (image, fields) in enumerate(
            zip(files.images[first:last].tolist(), images.to_pylist(), strict=True)
        ):
            at, end = (starts[first + number + i] - starts[first] for i in range(2))
            body = _body(names[image], fields, drawn[at:end], told)
            output.put(files.names[first + number], body)
    told.tell(context.said)


class _Told:
    """Counts what could not be written as it is."""

    def __init__(self) -> None:
        self.simpler = 0
        self.nothing = 0

    def tell(self, said: Said) -> None:
        """Say the counts."""
        for code, words, count in (
            ("loss.geometry", "outlines that cannot be read became boxes, those with holes masks", self.simpler),
            ("loss.kind", "annotations of which nothing can be drawn are left out", self.nothing),
        ):
            if count:
                said.say(code, "", "annotations", words, count=count)


def _writable(given: AnnotationSet, said: Said) -> Flags:
    """Return which annotations can be shapes or flags; what stops the others is told, where ``losses.py`` does not."""
    table = given.annotations
    kinds = pc.is_in(table.column("kind").cast(pa.string()), pa.array(list(HOLDS.shapes)))
    rows = np.asarray(pc.fill_null(kinds, False))
    names = np.array([bool(name.strip()) for name in given.categories.column("name").to_pylist()] + [False])
    named = names[np.asarray(pc.fill_null(table.column("category_id"), -1))]
    shares = np.asarray(pc.fill_null(pc.equal(table.column("unit").cast(pa.string()), "normalised"), False))
    of_hundred = np.asarray(pc.fill_null(pc.equal(table.column("segmentation_kind").cast(pa.string()), "wkt"), False))
    unknown = (shares | of_hundred) & np.isnan(image_sizes(given)).any(axis=1)
    for code, words, stopped in (
        ("loss.size_unknown", "shares of images of unknown size are left out", rows & unknown),
        ("loss.characters", "annotations whose category has no name are left out", rows & ~named),
    ):
        if stopped.any():
            said.say(code, "", "annotations", words, count=int(stopped.sum()))
    return np.asarray(rows & named & ~unknown)


def _drawn(given: AnnotationSet, chosen: Ints, boxes: Any) -> list[Drawn]:
    table = given.annotations.select(COLUMNS).take(pa.array(chosen))
    columns = [table.column(name).to_pylist() for name in COLUMNS]
    names = given.categories.column("name").to_pylist()
    keypoint_names = given.categories.column("keypoints").to_pylist()
    sizes = image_sizes(given)[chosen].tolist()
    made = []
    for box, size, (category, kind, text, form, unit, keypoints, group, extras) in zip(
        boxes.tolist(), sizes, zip(*columns, strict=True), strict=True
    ):
        width, height = size if unit == "normalised" else (1.0, 1.0)
        made.append(
            Drawn(
                label=names[category],
                kind=kind,
                box=tuple(box),
                segmentation=text,
                segmentation_kind=form or "none",
                scale=(size[0] / 100, size[1] / 100) if form == "wkt" else (width, height),
                group=group,
                members=from_extras(extras),
                keypoints=_in_pixels(keypoints or [], width, height),
                keypoint_names=keypoint_names[category] or [],
            )
        )
    return made


def _in_pixels(keypoints: Sequence[float], width: float, height: float) -> list[float]:
    factors = (width, height, 1.0)
    return [number * factors[i % 3] for i, number in enumerate(keypoints)]


def _body(name: str, fields: dict[str, Any], drawn: Sequence[Drawn], told: _Told) -> bytes:
    """Return the file of one image: a shape a line."""
    members = from_extras(fields["extras"])
    flags = members.get("flags")
    flags = dict(flags) if isinstance(flags, dict) else {}
    classes = list(dict.fromkeys(each.label for each in drawn if each.kind == "class"))
    flags |= dict.fromkeys(classes, True)
    top = {"version": VERSION, "flags": flags}
    end: dict[str, Any] = {
        "imagePath": name.replace("\\", "/").rsplit("/", 1)[-1],
        "imageData": None,
        "imageHeight": fields["height"],
        "imageWidth": fields["width"],
    }
    if classes:
        end[CLASSES] = classes
    end |= {key: value for key, value in members.items() if key not in READ}
    lines = b",\n".join(_shapes([each for each in drawn if each.kind != "class"], told))
    shapes = b"[\n" + lines + b"\n]" if lines else b"[]"
    return as_json(top)[:-1] + b',"shapes":' + shapes + b"," + as_json(end)[1:] + b"\n"


def _shapes(drawn: Sequence[Drawn], told: _Told) -> list[bytes]:
    free = 1 + max((int(each.group) for each in drawn if each.group and is_whole(each.group)), default=0)
    texts: list[bytes] = []
    for each in drawn:
        made: Made = made_of(each)
        told.simpler += made.simpler
        told.nothing += not (made.shapes or made.points)
        group = each.group
        if group is None and len(made.shapes) + len(made.points) > 1:
            group, free = str(free), free + 1
        texts += texts_of(each, made, group)
    return texts
