"""The floor: the least script that does the job. ``python -m benchmarks.annotation_floor TASK ANNOTATIONS OUT``.

Typed decoding that leaves polygons as bytes, and plain writing: no findings, no tables, no places, no hostile files.
Prints how many annotations it read.
"""

import io
import os
import sys
import tarfile
from collections.abc import Callable, Iterator

import msgspec


class Image(msgspec.Struct, gc=False):
    """A member of ``images``."""

    id: int
    file_name: str
    width: int
    height: int


class Annotation(msgspec.Struct, gc=False):
    """A member of ``annotations``."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float
    iscrowd: int
    segmentation: msgspec.Raw


class Category(msgspec.Struct, gc=False):
    """A member of ``categories``."""

    id: int
    name: str


class Coco(msgspec.Struct, gc=False):
    """A COCO file."""

    images: list[Image]
    annotations: list[Annotation]
    categories: list[Category]


def main() -> None:
    """Do one task: read, yolo, tar or voc."""
    task, annotations, out = sys.argv[1:]
    with open(annotations, "rb") as file:
        coco = msgspec.json.decode(file.read(), type=Coco)
    if task == "tar":
        with tarfile.open(out, "w") as archive:
            _all(_yolo(coco), lambda name, body: archive.addfile(_member(name, len(body)), io.BytesIO(body)))
    elif task != "read":
        os.mkdir(out)  # noqa: PTH102
        _all(_yolo(coco) if task == "yolo" else _voc(coco), lambda name, body: _write(f"{out}/{name}", body))
    print(len(coco.annotations))


def _all(files: Iterator[tuple[str, str]], put: Callable[[str, bytes], None]) -> None:
    for name, text in files:
        put(name, text.encode())


def _yolo(coco: Coco) -> Iterator[tuple[str, str]]:
    classes = {category.id: number for number, category in enumerate(coco.categories)}
    for image, annotations in _by_image(coco):
        lines = []
        for each in annotations:
            if not each.iscrowd:
                x, y, w, h = each.bbox
                center = f"{(x + w / 2) / image.width:.10g} {(y + h / 2) / image.height:.10g}"
                lines.append(f"{classes[each.category_id]} {center} {w / image.width:.10g} {h / image.height:.10g}\n")
        yield image.file_name[:-4] + ".txt", "".join(lines)


def _voc(coco: Coco) -> Iterator[tuple[str, str]]:
    names = {category.id: category.name for category in coco.categories}
    for image, annotations in _by_image(coco):
        lines = [
            f"<annotation><filename>{image.file_name}</filename>"
            f"<size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>\n"
        ]
        for each in annotations:
            x, y, w, h = each.bbox
            lines.append(
                f"<object><name>{names[each.category_id]}</name><bndbox><xmin>{x}</xmin><ymin>{y}</ymin>"
                f"<xmax>{x + w}</xmax><ymax>{y + h}</ymax></bndbox></object>\n"
            )
        yield image.file_name[:-4] + ".xml", "".join([*lines, "</annotation>\n"])


def _by_image(coco: Coco) -> Iterator[tuple[Image, list[Annotation]]]:
    groups: dict[int, list[Annotation]] = {image.id: [] for image in coco.images}
    for each in coco.annotations:
        groups[each.image_id].append(each)
    return ((image, groups[image.id]) for image in coco.images)


def _write(path: str, body: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    os.write(file, body)
    os.close(file)


def _member(name: str, size: int) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = size
    return made


if __name__ == "__main__":
    main()
