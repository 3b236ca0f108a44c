"""The verdicts on annotations before they are published, and on those that are live."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.catalogue.outcome import Verdict
from labelport.findings import Finding
from labelport.settings import Limits

UNKNOWN_CATEGORIES = ("coco.unknown_category", "yolo.class_out_of_range", "keras.class_out_of_range")
BLOCKING = ("files_removed", "errors_share", "unmatched_share")
WARNING = ("unknown_categories", "boxes_outside", "empty_images")

DESCRIBED = {
    "files_removed": "The annotation files are still there: no more vanished than `limits.removed_share` allows.",
    "errors_share": "Few annotations are refused for errors: no more than `limits.errors_block` allows.",
    "unmatched_share": "Few annotations are of images that the dataset lacks: no more than `limits.unmatched_share`.",
    "unknown_categories": "Every annotation has a category that its file names.",
    "boxes_outside": "No box reaches outside of its image.",
    "empty_images": "No image lost all of its annotations to errors.",
}
"""What each check says when it is green."""


def numbers_of(
    rows: AnnotationSet, findings: Iterable[Finding], *, files: int, removed: int, before: int
) -> dict[str, Any]:
    """Return the numbers that the verdicts rest on (JSON values)."""
    codes: Counter[str] = Counter()
    errors = 0
    wrong: set[str] = set()
    for found in findings:
        codes[found.code] += found.count
        if found.severity == "error":
            wrong.add(found.file)
        refused = found.severity == "error" and not found.code.startswith("name.")
        errors += found.count if refused else 0
    states = Counter(rows.images.column("state").to_pylist())
    unmatched = np.asarray(pc.is_null(rows.images.column("key")))
    of_unmatched = int(unmatched[rows.annotations.column("image_id").to_numpy()].sum()) if len(unmatched) else 0
    return {
        "files": files,
        "files_before": before,
        "files_removed": removed,
        "annotations": rows.annotations.num_rows,
        "images": rows.images.num_rows,
        "unmatched_annotations": of_unmatched,
        "unmatched_images": int(unmatched.sum()),
        "errors": errors,
        "unknown_categories": sum(codes[code] for code in UNKNOWN_CATEGORIES),
        "boxes_outside": codes["box.outside_image"],
        "labelled": states["labelled"],
        "negative": states["negative"],
        "unlabelled": states["unlabelled"],
        "emptied": _emptied(rows, wrong),
        "codes": dict(sorted(codes.items())),
    }


def verdicts_on(
    numbers: Mapping[str, Any], limits: Limits, *, allow_errors: bool, allow_removed: bool
) -> tuple[Verdict, ...]:
    """Return all verdicts; lifted guards pass and say so."""
    annotations, errors = numbers["annotations"], numbers["errors"]
    gone = _share(numbers["files_removed"], numbers["files_before"])
    wrong = _share(errors, annotations + errors)
    unmatched = _share(numbers["unmatched_annotations"], annotations)
    return (
        _guard(
            "files_removed",
            gone,
            limits.removed_share,
            lifted=allow_removed,
            lift="allow_removed",
            words=f"{numbers['files_removed']:,} of {numbers['files_before']:,} annotation files vanished",
            numbers=numbers,
        ),
        _guard(
            "errors_share",
            wrong,
            limits.errors_block,
            lifted=allow_errors,
            lift="allow_errors",
            words=f"{errors:,} errors beside {annotations:,} annotations that were read",
            numbers=numbers,
        ),
        _guard(
            "unmatched_share",
            unmatched,
            limits.unmatched_share,
            lifted=allow_errors,
            lift="allow_errors",
            words=f"{numbers['unmatched_annotations']:,} of {annotations:,} annotations are of images that are not in the "
            "dataset",
            numbers=numbers,
        ),
        _told("unknown_categories", numbers["unknown_categories"], "Annotations of a category that their file lacks"),
        _told("boxes_outside", numbers["boxes_outside"], "Boxes that reach outside of their images"),
        _told("empty_images", numbers["emptied"], "Images that lost all of their annotations to errors"),
    )


def _emptied(rows: AnnotationSet, wrong: set[str]) -> int:
    """Return how many images have no label in files with errors: a result that nobody gave yet is another thing."""
    unlabelled = pc.equal(rows.images.column("state").cast(pa.string()), "unlabelled")
    files = rows.images.column("source_file").filter(unlabelled).to_pylist()
    return sum(file in wrong for file in files)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _guard(
    name: str, share: float, most: float, *, lifted: bool, lift: str, words: str, numbers: Mapping[str, Any]
) -> Verdict:
    """Return the verdict of a guard: it blocks above a share, if nobody lifts it for this run."""
    above = share > most
    told = f"{words} ({share:.1%}; {most:.0%} are allowed)"
    if above:
        told += ". Lifted for this run." if lifted else f". If that is right, run once with `{lift}: true`."
    evidence = {"share": share, "limit": most, "lifted": lifted and above, **_evidence(name, numbers)}
    return Verdict(name=name, passed=not above or lifted, blocking=True, message=told, evidence=evidence)


def _evidence(name: str, numbers: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {
        "files_removed": ("files", "files_before", "files_removed"),
        "errors_share": ("errors", "annotations", "codes"),
        "unmatched_share": ("unmatched_annotations", "unmatched_images", "annotations", "images"),
    }[name]
    return {each: numbers[each] for each in wanted}


def _told(name: str, count: int, words: str) -> Verdict:
    message = f"{words}: {count:,}. See the findings." if count else DESCRIBED[name]
    return Verdict(name=name, passed=not count, blocking=False, message=message, evidence={"count": count})
