"""Polygons of one label and one group as one annotation of several rings."""

from collections.abc import Sequence

from labelport.annotations.formats.labelme.numbers import as_json, flat
from labelport.annotations.formats.labelme.shape_rows import Row


def joined_groups(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a file, polygons of one label and group joined where the first of them stands.

    LabelMe says with a group that shapes are parts of one thing. Other shapes of a group stay rows of their own,
    and have the same ``group_id``.
    """
    parts: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.group is not None and row.kind == "polygon":
            parts.setdefault((row.label, row.group), []).append(row)
    made, done = [], set()
    for row in rows:
        key = (row.label, row.group or "")
        several = parts.get(key, []) if row.kind == "polygon" and row.group is not None else []
        if len(several) < 2:
            made.append(row)
        elif key not in done:
            done.add(key)
            made.append(_joined(several))
    return made


def _joined(rows: list[Row]) -> Row:
    boxes = list(zip(*(row.box for row in rows), strict=True))
    members = rows[0].members
    if any(row.members != members for row in rows):
        members = {"shapes": [row.members for row in rows]}
    return rows[0]._replace(
        box=(min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])),
        segmentation=as_json([flat(row.points) for row in rows]),
        segmentation_kind="polygons",
        members=members,
    )
