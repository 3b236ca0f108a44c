"""Many small txts as numbers at once: tokens of all files in one buffer, cast by Arrow, rows by line.

A hundred thousand files of seven lines cost a second in this way, and twenty in a loop over lines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.formats.yolo_darknet.class_names import plain_text

CHUNK_BYTES = 1 << 22
MOST_DIGITS = 400
"""Characters of a number; no float64 needs more."""

NUMBER = rb"[+-]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+"
"""A decimal number, for ``re``: whatever else ``float`` takes (underscores, ``nan``, other digits) is none."""

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_IS_NUMBER = re.compile(NUMBER)
_IS_BLANK = np.zeros(256, bool)
_IS_BLANK[list(b" \t\n\v\f\r")] = True
_IS_BLANK.flags.writeable = False


@dataclass(frozen=True)
class Rows:
    """The lines of some files that are not blank. Row ``i`` has the tokens ``starts[i]`` to ``starts[i + 1]``."""

    files: Ints
    """Shape (rows,): number of the file."""

    lines: Ints
    """Shape (rows,): line in its file, from 1."""

    starts: Ints
    """Shape (rows + 1,)."""

    values: Floats
    """Shape (tokens,): NaN where a token is no finite number."""

    texts: pa.Array
    """Shape (tokens,), binary."""

    def text(self, row: int) -> str:
        """Return the fields of a row, for people."""
        first, last = int(self.starts[row]), int(self.starts[row + 1])
        return " ".join(self.field(token) for token in range(first, min(last, first + 40)))

    def field(self, token: int) -> str:
        """Return one token, for people."""
        return str(self.texts[token].as_py().decode("utf-8", "replace"))


def rows_of_files(bodies: Iterable[tuple[int, bytes]]) -> Iterator[Rows]:
    """Yield the rows of (number of the file, bytes), some megabytes of files at a time, in their order."""
    numbers: list[int] = []
    texts: list[bytes] = []
    size = 0
    for number, body in bodies:
        text = plain_text(body)
        numbers.append(number)
        texts.append(text)
        size += len(text)
        if size >= CHUNK_BYTES:
            yield _rows(numbers, texts)
            numbers, texts, size = [], [], 0
    if numbers:
        yield _rows(numbers, texts)


def _rows(numbers: list[int], texts: list[bytes]) -> Rows:
    counts = np.fromiter((text.count(b"\n") + 1 for text in texts), np.int64, len(texts))
    first_lines = np.cumsum(counts) - counts
    body = b"\n".join(texts)
    begins, tokens = tokens_of(body)
    line_of_token = np.cumsum(np.frombuffer(body, np.uint8) == 10, dtype=np.int32)[begins]
    starts = np.flatnonzero(np.diff(line_of_token, prepend=-1))
    lines = line_of_token[starts].astype(np.int64)
    owners = np.searchsorted(first_lines, lines, side="right") - 1
    return Rows(
        np.asarray(numbers, np.int64)[owners],
        lines - first_lines[owners] + 1,
        np.append(starts, len(begins)),
        numbers_of(tokens),
        tokens,
    )


def tokens_of(body: bytes) -> tuple[Ints, pa.Array]:
    """Return where each word of a text begins, and the words (binary): whatever stands between blanks."""
    text = np.frombuffer(body, np.uint8)
    blank = _IS_BLANK[text]
    edges = np.flatnonzero(np.diff(blank, prepend=True, append=True))
    begins, ends = edges[::2], edges[1::2]
    offsets = np.zeros(len(begins) + 1, np.int32)
    np.cumsum(ends - begins, out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text[~blank])]
    return begins, pa.Array.from_buffers(pa.binary(), len(begins), buffers)


def numbers_of(tokens: pa.Array) -> Floats:
    """Return binary tokens as float64; NaN where one is no finite decimal number."""
    try:
        made = np.asarray(tokens.view(pa.string()).cast(pa.float64()))
    except (pa.ArrowInvalid, UnicodeDecodeError):
        made = np.array([_number(each) for each in tokens.to_pylist()], np.float64)
    return np.where(np.isfinite(made), made, np.nan)


def _number(token: bytes) -> float:
    return float(token) if len(token) <= MOST_DIGITS and _IS_NUMBER.fullmatch(token) else np.nan
