"""What stands before the objects of a Pascal VOC file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.formats.pascal_voc.members import (
    OF_IMAGE,
    elements_of,
    escaped,
    from_extras,
    unwritable,
)

DEPTH = "3"
"""Channels of an image, where its source did not say it: a guess that many readers want to see."""

VERIFIED = "@verified"
"""LabelImg's attribute of the root."""

_WRITTEN = frozenset({*OF_IMAGE, "folder", "depth", VERIFIED})


def headers(given: AnnotationSet, names: Sequence[str], rows: np.ndarray[Any, Any]) -> tuple[list[bytes], int]:
    """Return the beginning of the file of each chosen image row, and how many images lose a member in it.

    It has folder, file name, size, and the members that Pascal VOC has.
    """
    images = given.images.select(["width", "height", "extras"]).take(pa.array(rows))
    columns = (images.column(name).to_pylist() for name in ("width", "height", "extras"))
    made, lost = [], 0
    for row, width, height, extras in zip(rows.tolist(), *columns, strict=True):
        members = from_extras(extras)
        lost += not _WRITTEN.issuperset(members)
        made.append(_header(names[row], width, height, members).encode())
    return made, lost


def _header(name: str, width: int | None, height: int | None, members: dict[str, Any]) -> str:
    folder, _, filename = name.replace("\\", "/").removeprefix("./").rpartition("/")
    if not folder and isinstance(members.get("folder"), str) and not unwritable(members["folder"]):
        folder = members["folder"]
    size = ""
    if width is not None and height is not None:
        depth = elements_of("depth", members.get("depth", DEPTH))
        size = f" <size><width>{width}</width><height>{height}</height>{depth}</size>\n"
    kept = "".join(f" {text}\n" for key in OF_IMAGE if key in members and (text := elements_of(key, members[key])))
    verified = ' verified="yes"' if members.get(VERIFIED) == "yes" else ""
    return f"<annotation{verified}>\n <folder>{escaped(folder)}</folder>\n <filename>{escaped(filename)}</filename>\n{kept}{size}"
