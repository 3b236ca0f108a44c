"""The unit of each file's boxes: by its own rows, else as the other files of the claim say."""

from collections.abc import Mapping, Sequence

import numpy as np

from labelport.annotations.contract import ReadContext
from labelport.annotations.formats.csv.cells import Floats
from labelport.annotations.formats.csv.part import Part
from labelport.annotations.said import Said
from labelport.annotations.units import Unit, UnitDecision, decide_unit
from labelport.options import AnnotationOptions

_OPTION: dict[str, Unit] = {"yes": "normalised", "no": "pixel"}
UNDECIDED = "undecided"


def verdict(evidence: Mapping[str, int]) -> dict[str, str]:
    """Return what is taken for files that do not say it themselves: ``normalised`` is yes or no, as the others agree.

    ``evidence`` counts files by ``normalised``, ``pixel`` and ``undecided``. Empty where no file needs it, or the
    others do not agree.

    >>> verdict({"normalised": 2, "undecided": 1}), verdict({"normalised": 2})
    ({'normalised': 'yes'}, {})
    """
    shares, pixels = evidence.get("normalised", 0), evidence.get("pixel", 0)
    if not evidence.get(UNDECIDED, 0) or bool(shares) == bool(pixels):
        return {}
    return {"normalised": "yes" if shares else "no"}


def decisions(parts: Sequence[Part], limits: Sequence[Floats], options: AnnotationOptions) -> list[UnitDecision]:
    """Return what each file's own rows say; ``limits`` are the sizes of the images of its boxes, shape (boxes, 2)."""
    return [decide_unit(_boxes(part), options.normalised, sizes) for part, sizes in zip(parts, limits, strict=True)]


def evidence_of(part: Part, decision: UnitDecision) -> dict[str, int]:
    """Return the counts that ``verdict`` takes; a file without boxes says nothing."""
    return {decision.unit or UNDECIDED: 1} if len(part.at) else {}


def unit_of(part: Part, decision: UnitDecision, context: ReadContext, decided: Mapping[str, str]) -> Unit | None:
    """Return the unit of a file, or null where nobody says it, with ``csv.unit_ambiguous``.

    Coordinates that were taken for shares of their image are told as ``unit.inferred``: pixels are the rule.
    """
    if not len(part.at):
        return "pixel"
    said = context.said
    place = f"{part.lines[part.at[0]]}:{part.fields[0]}"
    unit = decision.unit or _OPTION.get(decided.get("normalised", ""))
    if unit is None:
        words = f"the coordinates may be pixels or shares of the image: {decision.why}"
        said.say("csv.unit_ambiguous", part.file, place, words)
    elif decision.unit is None:
        words = f"{decision.why}; read as {unit}, as the other files are"
        said.say("unit.inferred", part.file, place, words)
    elif unit == "normalised" and context.options.normalised == "auto":
        words = f"read as shares of the image: {decision.why}; they go from {decision.low:g} to {decision.high:g}"
        said.say("unit.inferred", part.file, place, words)
    return unit


def tell_maybe_corners(part: Part, unit: Unit, limits: Floats, said: Said) -> bool:
    """Return whether width and height look like a second corner: ``csv.maybe_corners`` at the first such row.

    So they do where most boxes leave their image, and would not as corners.
    """
    if not part.widths or part.boxes is None or not len(part.at):
        return False
    x, y, right, bottom = part.boxes.T
    width, height = (np.ones_like(x), np.ones_like(x)) if unit == "normalised" else limits.T
    known = ~np.isnan(width)
    with np.errstate(invalid="ignore"):
        outside = known & ((right > width) | (bottom > height))
        as_corners = (right - x >= x) & (bottom - y >= y) & (right - x <= width) & (bottom - y <= height)
    such = outside & as_corners
    found = 2 * int(such.sum()) > int(known.sum())
    if found:
        first = int(np.flatnonzero(such)[0])
        words = f"{int(such.sum()):,} of {int(known.sum()):,} boxes reach outside of their image, and fit it as corners"
        place = f"{part.lines[part.at[first]]}:{part.fields[first]}"
        said.say("csv.maybe_corners", part.file, place, words, value=_shown(part, first))
    return found


def _shown(part: Part, row: int) -> str:
    assert part.boxes is not None
    x, y, right, bottom = part.boxes[row].tolist()
    return f"{x:g}, {y:g}, {right - x:g}, {bottom - y:g}"


def _boxes(part: Part) -> Floats:
    return np.zeros((0, 4)) if part.boxes is None else part.boxes
