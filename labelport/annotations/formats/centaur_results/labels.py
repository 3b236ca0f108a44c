"""What a case was labelled, by whom, how unanimously, and when it came."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.centaur_results.patches import SHAPE
from labelport.annotations.formats.centaur_results.sheet import Flags, Sheet
from labelport.annotations.said import Said

DONE = ("labeled", "labelled", "gold standard", "done", "complete", "completed", "finished")
"""Labeling states of a case that will not change; the vendor's documentation names the first and the third."""

MOST_TIME = 50
"""Characters of a time."""

_COUNT = r"^[0-9]{1,9}$"
_BLANKS_BEFORE_ZONE = re.compile(r"\s+(?=[+-][0-9]{2}:?[0-9]{2}$)")
_UTC = re.compile(r"\s*(?:UTC|GMT)$", re.IGNORECASE)


@dataclass(frozen=True)
class Labels:
    """Columns by row of the sheet."""

    texts: pa.Array
    """Label, empty where there is none."""

    unlabelled: Flags
    """Rows whose file has columns of labels, and that have none."""

    shaped: Flags
    """Rows whose label is a shape itself, as tasks in which shapes are drawn have them."""

    reviewed: pa.Array
    """correct, majority; null where there is no label, or the case is not done."""

    scores: pa.Array
    """Share of the reads that agree with the label; null where it cannot be had."""


def labels_of(sheet: Sheet, said: Said) -> Labels:
    """Return the labels: Correct Label, else Majority Label. Finding: ``centaur.not_done``, counted by file."""
    correct, majority = sheet.cells["correctlabel"], sheet.cells["majoritylabel"]
    has_correct = pc.not_equal(correct, "")
    texts = pc.if_else(has_correct, correct, majority)
    has_label = np.asarray(pc.not_equal(texts, ""))
    no_columns = sheet.absent["correctlabel"] & sheet.absent["majoritylabel"]
    done = np.asarray(pc.is_in(pc.utf8_lower(sheet.cells["labelingstate"]), pa.array(DONE)))
    done |= sheet.absent["labelingstate"]
    _tell_not_done(sheet, has_label & ~done, said)
    reviewed = pc.if_else(has_correct, "correct", "majority")
    agrees = pc.or_(pc.equal(correct, ""), pc.equal(correct, majority))
    return Labels(
        texts,
        ~has_label & ~no_columns,
        np.asarray(pc.match_substring_regex(texts, SHAPE)),
        pc.if_else(pa.array(has_label & done), reviewed, pa.scalar(None, pa.string())),
        pc.if_else(pc.and_(agrees, pa.array(has_label)), _shares(sheet), pa.scalar(None, pa.float64())),
    )


def _shares(sheet: Sheet) -> pa.Array:
    """Return top reads of qualified reads, where both are counts."""
    top, all_of_them = (_counts(sheet.cells[name]) for name in ("topreads", "qualifiedreads"))
    possible = pc.and_(pc.greater(all_of_them, 0), pc.less_equal(top, all_of_them))
    return pc.if_else(possible, pc.divide(top, pc.if_else(possible, all_of_them, 1.0)), pa.scalar(None, pa.float64()))


def _counts(cells: pa.Array) -> pa.Array:
    is_count = pc.match_substring_regex(cells, _COUNT)
    return pc.if_else(is_count, cells, pa.scalar(None, pa.string())).cast(pa.float64())


def _tell_not_done(sheet: Sheet, flags: Flags, said: Said) -> None:
    for file in np.unique(sheet.files[flags]).tolist():
        rows = np.flatnonzero(flags & (sheet.files == file))
        name, pointer = sheet.at(int(rows[0]), "labelingstate")
        words = "cases are not labelled to the end; their labels are in the set, and not reviewed"
        said.say("centaur.not_done", name, pointer, words, count=len(rows))


def created_of(sheet: Sheet, said: Said) -> pa.Array:
    """Return Origin Created At, UTC where no zone is said. Finding: ``centaur.bad_time``, counted by file."""
    cells = pc.dictionary_encode(sheet.cells["origincreatedat"])
    times = [time_of(text) for text in cells.dictionary.to_pylist()]
    made = pa.array(times, pa.timestamp("us", tz="UTC")).take(cells.indices)
    bad = np.asarray(pc.and_(pc.is_null(made), pc.not_equal(sheet.cells["origincreatedat"], "")))
    for file in np.unique(sheet.files[bad]).tolist():
        rows = np.flatnonzero(bad & (sheet.files == file))
        name, pointer = sheet.at(int(rows[0]), "origincreatedat")
        said.say("centaur.bad_time", name, pointer, "this is no date and time of ISO 8601", count=len(rows))
    return made


def time_of(text: str) -> datetime | None:
    """Return the time that a text says, or null.

    >>> time_of("2026-03-05 10:20:30 +0100").isoformat(), time_of("2026-03-05").isoformat(), time_of("soon")
    ('2026-03-05T09:20:30+00:00', '2026-03-05T00:00:00+00:00', None)
    """
    if len(text) > MOST_TIME:
        return None
    plain = _UTC.sub("Z", _BLANKS_BEFORE_ZONE.sub("", text))
    try:
        found = datetime.fromisoformat(plain)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
