"""Ids of an export: as the sources gave them, or numbers from 1."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.said import Said

ID = r'^(-?(0|[1-9][0-9]{0,999})(\.0+)?|"([^"\\\x00-\x1f]|\\.)*")$'
"""JSON texts that can be ids."""


def written_ids(table: pa.Table, what: str, *, renumber: bool, said: Said) -> pa.BinaryArray:
    """Return a JSON text for each row's id: its own; from 1 on, past those that are taken, where it has none.

    Ids of different files that clash are all given anew, and so are those of ``renumber``; both are told as a loss.
    """
    count = table.num_rows
    own = pa.array(table.column("source_id").combine_chunks() if count else [], pa.string())
    good = np.asarray(pc.fill_null(pc.match_substring_regex(own, ID), False)) if count else np.zeros(0, np.bool_)
    clash = good.any() and not renumber and _clash(own, table, good)
    if renumber or clash:
        kept = int(good.sum())
        words = (
            f"ids of {what} clash between files: they were given anew" if clash else f"ids of {what} were given anew"
        )
        if kept:
            said.say("loss.ids", "", f"/{what}", words, count=kept)
        good = np.zeros(count, np.bool_)
    if good.all():
        return own.cast(pa.binary())
    fresh = _fresh(own, good)
    numbers = np.zeros(count, np.int64)
    numbers[~good] = fresh
    made = pa.array(numbers).cast(pa.string())
    return pc.if_else(pa.array(good), own, made).cast(pa.binary())


def _clash(own: pa.StringArray, table: pa.Table, good: np.ndarray[Any, np.dtype[np.bool_]]) -> bool:
    """Return whether rows of different files have one id; one file may have an id twice, and keeps it."""
    files = table.column("source_file")
    if pc.count_distinct(files).as_py() < 2:
        return False
    chosen = pa.array(good)
    pairs = pa.table({"id": own.filter(chosen), "file": files.combine_chunks().filter(chosen)})
    distinct = pairs.group_by(["id", "file"]).aggregate([])
    return bool(pc.count_distinct(distinct.column("id")).as_py() < distinct.num_rows)


def _fresh(own: pa.StringArray, good: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    count = int((~good).sum())
    if not good.any():
        return np.arange(1, count + 1)
    taken = pc.filter(own, pa.array(good))
    short = taken.filter(pc.less(pc.utf8_length(taken), 18))
    digits = short.filter(pc.match_substring_regex(short, r"^[0-9]+$")).cast(pa.int64())
    used = np.unique(np.asarray(digits))
    free = np.setdiff1d(np.arange(1, count + len(used) + 1), used, assume_unique=True)
    return np.asarray(free[:count])
