"""The page of annotation formats: what each reads, writes and loses, as the code declares it."""

from collections.abc import Iterator
from typing import Any

from labelport.annotations.holds import KEPT, LOST, SHAPES, Holds
from labelport.registry import ANNOTATION_FORMATS, plugins

_THINGS = {
    "holes": "holes",
    "rings": "several rings",
    "crowd": "crowd",
    "keypoints": "keypoints",
    "scores": "scores",
    "negatives": "negative images",
    "unlabelled": "unlabelled images",
    "sizes": "sizes",
    "extras": "extras",
    "categories": "unused categories",
}
"""Fields of ``Holds``, as the page calls them."""

_PAGES = {
    "nifti_index": "nifti",
    "nifti_onehot": "nifti",
    "coco": "coco",
    "coco_boxes": "coco",
    "coco_masks": "coco",
    "coco_keypoints": "coco",
    "csv_corners": "csv",
    "csv_size": "csv",
    "csv_classes": "csv",
}
"""Formats that share a page; every other has one of its own name."""


def formats_page(made: str) -> str:
    """Return the page; ``made`` is the line that says that it is generated."""
    known = plugins(ANNOTATION_FORMATS)
    lines = [
        "# Annotation formats",
        "",
        made,
        "",
        "All formats are read into one table ([annotations.md](annotations.md)) and written from it. What a format cannot",
        "hold is a finding `loss.*` of the export, with its count; nothing is lost without being told.",
        "",
        "| format id | | read | written | |",
        "|---|---|---|---|---|",
    ]
    for name, each in known.items():
        page = _PAGES.get(name, name)
        reads, writes = "yes" if each.reads else f"as `{_reader(name)}`", "yes" if each.holds is not None else "no"
        lines.append(f"| `{name}` | {each.title} | {reads} | {writes} | [page](formats/{page}.md) |")
    lines += [
        "| | TFRecord | no: export as COCO or VOC | no | |",
        "",
        "## What is kept, and what is not",
        "",
        f"| format id | {' | '.join(_THINGS.values())} |",
        f"|---|{'---|' * len(_THINGS)}",
    ]
    written = {name: each.holds for name, each in known.items() if each.holds is not None}
    lines += [f"| `{name}` | {' | '.join(_cells(holds))} |" for name, holds in written.items()]
    lines += ["", "## What becomes of each kind of annotation", "", f"| format id | {' | '.join(SHAPES)} |"]
    lines += [f"|---|{'---|' * len(SHAPES)}"]
    for name, holds in written.items():
        shapes = [_word(holds.shapes.get(kind, LOST)) for kind in SHAPES]
        lines.append(f"| `{name}` | {' | '.join(shapes)} |")
    return "\n".join(lines) + "\n"


def _cells(holds: Holds) -> Iterator[str]:
    for field in _THINGS:
        yield _word(getattr(holds, field))


def _word(becomes: Any) -> str:
    return {KEPT: "kept", LOST: "–"}.get(becomes, str(becomes))


def _reader(name: str) -> str:
    return name.split("_", maxsplit=1)[0]
