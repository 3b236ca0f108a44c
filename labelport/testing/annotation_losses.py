"""Whether the losses that an export tells of are those that happened."""

from collections.abc import Callable, Iterator, Mapping

from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.testing.annotation_comparing import Image, Row

Counted = Mapping[str, Image]

OF_ROWS: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "loss.crowd": ("crowd", lambda row: row.crowd),
    "loss.scores": ("scores", lambda row: row.score is not None),
    "loss.extras": ("extras", lambda row: row.extras is not None),
    "loss.keypoints": ("keypoints", lambda row: row.keypoints is not None),
    "loss.rings": ("rings", lambda row: row.rings > 1),
}
"""By code: the field of ``Holds``, and whether an annotation has something to lose."""

OF_IMAGES = {"loss.negative_images": ("negatives", "negative"), "loss.unlabelled": ("unlabelled", "unlabelled")}


def lies_about_losses(given: Counted, back: Counted, holds: Holds, told: set[str]) -> list[str]:
    """Return in words which losses happened and were not told, and which were told and did not happen.

    ``told``: codes of the findings of the export. What a format writes in another form may be told of though
    nothing of it was there this time.
    """
    return [*_rows(given, back, holds, told), *_images(given, back, holds, told), *_kinds(given, back, holds, told)]


def _rows(given: Counted, back: Counted, holds: Holds, told: set[str]) -> Iterator[str]:
    for code, (name, has) in OF_ROWS.items():
        becomes: str = getattr(holds, name)
        before = sum(has(row) for row in _written(given, holds))
        after = sum(has(row) for image in back.values() for row in image.rows)
        if after < before and code not in told:
            yield f"{code} happened ({before} before, {after} after) and was not told"
        if before and after >= before and code in told and becomes == LOST:
            yield f"{code} was told and did not happen ({before} before, {after} after)"
        if code in told and becomes == KEPT:
            yield f"{code} was told of what is kept"


def _images(given: Counted, back: Counted, holds: Holds, told: set[str]) -> Iterator[str]:
    for code, (name, state) in OF_IMAGES.items():
        before = {key for key, image in given.items() if image.state == state}
        after = {key for key in before if key in back and back[key].state == state}
        # That an image is absent says that nobody looked at it, where the format has no other way.
        if state == "unlabelled":
            after |= before - back.keys()
        if after < before and code not in told:
            yield f"{code} happened to {sorted(before - after)} and was not told"
        if before and after == before and code in told and getattr(holds, name) == LOST and state != "unlabelled":
            yield f"{code} was told and did not happen"


def _kinds(given: Counted, back: Counted, holds: Holds, told: set[str]) -> Iterator[str]:
    kinds = {row.kind for image in given.values() for row in image.rows}
    lost = {kind for kind in kinds if holds.shapes.get(kind, LOST) == LOST}
    changed = {kind for kind in kinds - lost if holds.shapes[kind] != KEPT}
    for code, those in (("loss.kind", lost), ("loss.geometry", changed)):
        if those and code not in told:
            yield f"{code} happened to {sorted(those)} and was not told"
        # An image that loses all its annotations is left out, which is told by the code of kinds.
        gone = code == "loss.kind" and any(image.rows and name not in back for name, image in given.items())
        hollow = code == "loss.geometry" and any(row.shape and row.shape.holes for row in _written(given, holds))
        if not those and not gone and not hollow and code in told:
            yield f"{code} was told and did not happen"
    unsized = sum(len(image.rows) for image in given.values() if None in image.size)
    after = sum(len(image.rows) for image in back.values())
    nowhere = sum(not row.placed for row in _written(given, holds))
    before = sum(1 for _ in _written(given, holds))
    if nowhere and after < before and "loss.size_unknown" not in told and holds.crowd in (KEPT, LOST):
        yield f"loss.size_unknown happened to {nowhere} and was not told"
    if not unsized and "loss.size_unknown" in told:
        yield "loss.size_unknown was told and did not happen"


def _written(given: Counted, holds: Holds) -> Iterator[Row]:
    for image in given.values():
        yield from (row for row in image.rows if holds.shapes.get(row.kind, LOST) != LOST)
