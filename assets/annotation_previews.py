"""What people look at on the pages of annotations: categories counted, files and their formats, pictures with shapes."""

from collections import Counter
from typing import Any

import dagster as dg

from assets.previews import MOST_ROWS, Previews, live, markdown_table, picture
from assets.structure_previews import structures_preview
from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.drawing import class_counts_png
from labelport.annotations.exporting import stage_name
from labelport.annotations.kept import set_of
from labelport.annotations.live import folder_of
from labelport.annotations.mosaic import annotations_mosaic
from labelport.annotations.unifying import unified
from labelport.dataset import Dataset
from labelport.errors import LabelportError
from labelport.privacy import shown_key

MOST_CATEGORIES = 20
"""Bars of the plot; the rest is one bar."""


def annotations_preview(dataset: Dataset) -> Previews:
    """Return the largest files with their formats and the evidence, and the categories by count."""
    generation = live(dataset, "annotations")
    redact = dataset.settings.privacy.redact_keys
    claims: dict[str, dict[str, Any]] = {}
    columns = ["source_file", "format", "role", "claim", "why", "decided", "images", "annotations"]
    for row in generation.table("sources", columns=columns).to_pylist():
        if row["role"] == "part":
            claim = claims.setdefault(row["claim"], row | {"files": 0, "images": 0, "annotations": 0})
            for name, more in (("files", 1), ("images", row["images"]), ("annotations", row["annotations"])):
                claim[name] += more
    files = [
        {
            "files": shown_key(row["source_file"], redact) + (f" … ({row['files']:,})" if row["files"] > 1 else ""),
            "format": row["format"],
            "images": row["images"],
            "annotations": row["annotations"],
            "because": row["why"],
            "taken as": ", ".join(f"{name} {value}" for name, value in row["decided"] or ()),
        }
        for row in sorted(claims.values(), key=lambda row: -row["annotations"])
    ]
    rows = set_of(generation)
    counts = category_counts(dataset)
    kinds: Counter[str] = Counter()
    for batch in generation.batches("annotations", columns=["kind"]):
        kinds.update({each["values"]: each["counts"] for each in batch.column("kind").value_counts().to_pylist()})
    return {
        "files read": markdown_table(files[:MOST_ROWS]),
        "kinds": markdown_table([{"kind": kind, "annotations": count} for kind, count in kinds.most_common()]),
        **picture("annotations by category", class_counts_png(list(counts), list(counts.values())) if counts else b""),
        **picture("a few images", _mosaic(dataset, rows)),
        **structures_preview(dataset, rows),
    }


def _mosaic(dataset: Dataset, rows: AnnotationSet) -> bytes:
    """Return the mosaic; a picture that cannot be drawn is no reason to fail a run that has published."""
    try:
        return annotations_mosaic(dataset, unified(rows), live(dataset, "media_metadata"))
    except (LabelportError, OSError):
        return b""


def category_counts(dataset: Dataset) -> dict[str, int]:
    """Return how many annotations each category has, the most frequent first; beyond twenty: the rest as one."""
    generation = live(dataset, "annotations")
    names = generation.table("categories", columns=["name"]).column("name").to_pylist()
    counts: Counter[str] = Counter()
    for batch in generation.batches("annotations", columns=["category_id"]):
        for each in batch.column("category_id").value_counts().to_pylist():
            counts["(none)" if each["values"] is None else names[each["values"]]] += each["counts"]
    first = dict(counts.most_common(MOST_CATEGORIES))
    rest = sum(counts.values()) - sum(first.values())
    return {**first, f"({len(counts) - len(first)} more)": rest} if rest else first


def export_preview(dataset: Dataset, format_id: str) -> Previews:
    """Return the first files of an export, and what the format could not hold."""
    generation = live(dataset, stage_name(format_id))
    redact = dataset.settings.privacy.redact_keys
    rows: list[dict[str, Any]] = []
    for batch in generation.batches("files"):
        rows += batch.slice(0, MOST_ROWS - len(rows)).to_pylist()
        if len(rows) == MOST_ROWS:
            break
    files = [{"file": f"{folder_of(format_id)}{shown_key(row['name'], redact)}", "bytes": row["size"]} for row in rows]
    losses = [{"loss": code, "count": count} for code, count in generation.extras["losses"].items()]
    return {
        "files": markdown_table(files),
        "number of files": dg.MetadataValue.int(generation.stamp.rows["files"]),
        **({"what the format cannot hold": markdown_table(losses)} if losses else {}),
    }
