"""A JSON array taken apart: its elements as columns, and the blanks around them."""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from labelport.annotations.formats.coco.elements import Elements, any_elements
from labelport.annotations.formats.coco.plain import plain_elements

GROUP = 64 << 20
"""Bytes of elements that are made columns at once."""

MOST_ELEMENT = 1 << 30
"""Bytes of one element."""

_SEPARATOR = re.compile(rb"[ \t\r\n]*,?[ \t\r\n]*")
_BLANKS = b" \t\r\n"

Work = Callable[[Elements], Any]
Lengths = np.ndarray[Any, np.dtype[np.int64]]


class NotRead(ValueError):
    """A file that cannot be read: its finding's code, and where."""

    def __init__(self, code: str, message: str, *, byte: int | None = None, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.byte = byte
        self.pointer = pointer


class Inline(Executor):
    """Does work where it is asked for: what runs in a worker must not wait for another one."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return what has been done already."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass(frozen=True)
class Array:
    """One of the lists."""

    pieces: list[Any]
    """What ``work`` made of its elements, in their order."""

    blanks: tuple[bytes, bytes, bytes]
    """Text before the first element, between two (with the comma), after the last."""


def array_of(text: bytes, work: Work, workers: Executor) -> Array:
    """Return a list that is known to be JSON; ``work`` is done to its elements. Raises ``NotRead`` for a huge one."""
    raws = msgspec.json.decode(text, type=list[Raw])
    if not raws:
        return Array([], (text[1:-1], b", ", b""))
    lengths = lengths_of(raws)
    if int(lengths.max()) > MOST_ELEMENT:
        raise NotRead("format.too_large", f"one element has more than {MOST_ELEMENT:,} bytes")
    lead = text[1 : separator_end(text, 1)]
    trail = text[len(text[:-1].rstrip(_BLANKS)) : -1]
    groups = [(text, 0, len(raws))] if len(text) <= GROUP else _grouped(raws, lengths)
    jobs = [workers.submit(worked, work, body, lengths[begin:end], raws[begin:end]) for body, begin, end in groups]
    return Array([job.result() for job in jobs], (lead, text_between(text, lengths), trail))


def _grouped(raws: Sequence[Raw], lengths: Lengths) -> Iterator[tuple[bytes, int, int]]:
    """Yield lists of some elements, with the numbers of the first and of the one behind the last."""
    ends = np.cumsum(lengths)
    begin = 0
    while begin < len(raws):
        done = int(ends[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(ends, done + GROUP)), begin + 1)
        yield b"[" + b",".join(raws[begin:end]) + b"]", begin, end
        begin = end


def worked(work: Work, body: bytes, lengths: Lengths, raws: Sequence[Any] | None = None) -> Any:
    """Return what ``work`` makes of the elements of a list, each of ``lengths`` bytes."""
    elements = plain_elements(body, lengths)
    if elements is None:
        given = msgspec.json.decode(body, type=list[Raw]) if raws is None else raws
        elements = any_elements(given)
    return work(elements)


def decoded(text: Any, kind: Any) -> Any | None:
    """Return a text as a value of a type; null where it is none."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def lengths_of(raws: Sequence[Raw]) -> Lengths:
    """Return the bytes of each element."""
    return np.fromiter(map(len, raws), np.int64, len(raws))


def text_between(body: bytes, lengths: Lengths) -> bytes:
    """Return the text between the first two elements of a list."""
    if len(lengths) < 2:
        return b", "
    at = separator_end(body, 1) + int(lengths[0])
    return body[at : separator_end(body, at)]


def separator_end(text: bytes, at: int = 0) -> int:
    """Return where the blanks from ``at`` on end, with one comma among them."""
    found = _SEPARATOR.match(text, at)
    return found.end() if found else at
