"""A COCO file taken apart: its three lists as columns, and the text around them.

The list of annotations is read in pieces of some megabytes, cut where one object seems to end and the next to
begin: lists that are JSON each are, joined, the same list, so a wrong cut cannot go unseen. Where a piece is no
JSON, the rest of the file is decoded at once, and where that is none either, the whole, which says the place.
"""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import Raw

from labelport.annotations.formats.coco.arrays import (
    Array,
    Inline,
    NotRead,
    Work,
    array_of,
    decoded,
    lengths_of,
    separator_end,
    text_between,
    worked,
)
from labelport.annotations.formats.coco.layout import Doubled, Layout, layout_at, plain_layout

PIECE = 8 << 20
"""Bytes that are decoded at once."""

MOST_WAITING = 3
"""Pieces that are worked on while the next is read."""

LISTS = ("images", "annotations", "categories")

_OPENING = re.compile(rb'"annotations"[ \t\r\n]*:[ \t\r\n]*\[')
_BOUNDARY = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*\{")
_WIDEST = 64
"""Bytes at the end of what was read in which an opening may be cut in two."""

_BYTE = re.compile(r"\(byte (\d+)\)$")
_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"

ReadRange = Callable[[int, int], bytes]


@dataclass(frozen=True)
class TextFile:
    """A file taken apart."""

    skeleton: Layout
    """The top level."""

    members: dict[str, bytes]
    """Text of each member that is no list of ours, nor a list at all."""

    arrays: dict[str, Array]
    """By name of ``LISTS``."""

    doubled: str = ""
    """A name that stands twice; the last value is taken."""


@dataclass(frozen=True)
class _Job:
    """How a file is taken apart."""

    read: ReadRange
    start: int
    """Where its text begins."""

    size: int
    work: Mapping[str, Work]
    workers: Executor
    early: Mapping[str, tuple[bytes, Future[Array]]] = field(default_factory=dict)
    """Lists that were begun with, by name: the text, and what comes of it."""


def taken_apart(read: ReadRange, size: int, work: Mapping[str, Work], workers: Executor) -> TextFile:
    """Return the lists of a file, and what is around them. Raises ``NotRead``.

    ``work`` says what is made of the elements of each list, piece by piece; ``workers`` do it.
    """
    first = read(0, PIECE)
    bare = first.removeprefix(_MARK).lstrip(_BLANKS)
    start = len(first) - len(bare)
    job = _Job(read, start, size, work, workers)
    try:
        head = _head(job)
        return (None if head is None else _streamed(head, job)) or _whole(read(start, size), job)
    except RecursionError:
        raise NotRead("json.too_deep", "values are nested deeper than any annotation's") from None


def _head(job: _Job) -> bytes | None:
    """Return the text up to the list of annotations, with its bracket."""
    text = b""
    while job.start + len(text) < job.size:
        seen = max(len(text) - _WIDEST, 0)
        block = job.read(job.start + len(text), PIECE)
        if not block:
            return None
        text += block
        found = _OPENING.search(text, seen)
        if found is not None:
            return text[: found.end()]
    return None


def _streamed(head: bytes, job: _Job) -> TextFile | None:
    """Take a file apart with its annotations in pieces; null where it has to be seen as a whole."""
    jobs: list[Future[Any]] = []
    job = replace(job, early=_early(head, job))
    at = job.start + len(head)
    blanks: tuple[bytes, bytes] | None = None
    while True:
        block = job.read(at, PIECE)
        cut = _last_boundary(block) if at + len(block) < job.size else -1
        if cut < 0:
            break
        first = separator_end(block)
        body = b"".join((b"[", memoryview(block)[first : cut + 1], b"]"))
        raws = decoded(body, list[Raw])
        if not raws:
            break
        lengths = lengths_of(raws)
        blanks = blanks or (block[:first], text_between(body, lengths))
        _checked_utf8(body, at + first - 1)
        del raws
        jobs.append(job.workers.submit(worked, job.work["annotations"], body, lengths))
        if len(jobs) > MOST_WAITING:
            jobs[-MOST_WAITING - 1].result()
        at += cut + 1
    return _with_rest(head, job.read(at, job.size), _Begun(blanks, jobs), job)


def _early(head: bytes, job: _Job) -> dict[str, tuple[bytes, Future[Array]]]:
    """Begin with the lists that stand before the annotations: each with its text, so that nobody takes it unseen."""
    members = decoded(head + b"]}", dict[str, Raw]) or {}
    texts = {key: bytes(value) for key, value in members.items() if key in LISTS and key != "annotations"}
    return {
        key: (text, job.workers.submit(array_of, text, job.work[key], Inline()))
        for key, text in texts.items()
        if text.startswith(b"[")
    }


@dataclass(frozen=True)
class _Begun:
    """Annotations that were read in pieces."""

    blanks: tuple[bytes, bytes] | None
    jobs: list[Future[Any]]


def _with_rest(head: bytes, rest: bytes, begun: _Begun, job: _Job) -> TextFile | None:
    jobs = begun.jobs
    begin = separator_end(rest) if jobs else 0
    text = b"".join((b'{"annotations":[', memoryview(rest)[begin:]))
    members = decoded(text, dict[str, Raw])
    last = None if members is None else decoded(members["annotations"], list[Raw])
    if members is None or last is None or (jobs and not last):
        return None
    ours = bytes(members["annotations"])
    outside = head[:-1] + b"[]" + text[len(b'{"annotations":') + len(ours) :]
    around = decoded(outside, dict[str, Raw])
    if around is None:
        return None
    skeleton = _skeleton(outside, around)
    if skeleton[1] or "annotations" not in around or not _follows(skeleton[0], around, len(head) - 1):
        return None
    if not (_is_utf8(outside) and _is_utf8(ours)):
        return None
    array = array_of(ours, job.work["annotations"], job.workers)
    lead, between = begun.blanks or array.blanks[:2]
    pieces = [*(each.result() for each in jobs), *array.pieces]
    done = Array(pieces, (lead, between, array.blanks[2]))
    return _file(skeleton, around, job, annotations=done)


def _whole(body: bytes, job: _Job) -> TextFile:
    """Take a file apart at once; say where it is no JSON."""
    _checked_utf8(body, job.start)
    try:
        value = msgspec.json.decode(body, type=Raw)
    except msgspec.MsgspecError as error:
        found = _BYTE.search(str(error))
        place = job.start + (int(found.group(1)) if found else len(body))
        # The place of trailing characters and commas is counted behind them (msgspec 0.22).
        place -= "trailing" in str(error)
        raise NotRead("json.not_json", "the text is no JSON from here on", byte=place) from None
    members = decoded(value, dict[str, Raw])
    if members is None:
        raise NotRead("coco.not_coco", "the file is a list or a single value, and no object")
    return _file(_skeleton(body, members), members, job)


def _file(skeleton: tuple[Layout, str], members: Mapping[str, Raw], job: _Job, **arrays: Array) -> TextFile:
    """Return the file of its top-level values; ``arrays`` are those that were read already."""
    made = dict(arrays)
    others = {}
    for key, value in members.items():
        if key in LISTS and key not in made and bytes(memoryview(value)[:1]) == b"[":
            text = bytes(value)
            begun = job.early.get(key)
            same = begun is not None and begun[0] == text
            made[key] = begun[1].result() if begun and same else array_of(text, job.work[key], job.workers)
        elif key not in made:
            others[key] = bytes(value)
    return TextFile(skeleton[0], others, made, skeleton[1])


def _skeleton(text: bytes, members: Mapping[str, Raw]) -> tuple[Layout, str]:
    """Return the layout of the top level, and a name that stands there twice."""
    try:
        found = layout_at(text, 0, {key: len(value) for key, value in members.items()})
        end = sum(map(len, found.literals)) + sum(map(len, members.values()))
        return Layout(found.keys, (*found.literals[:-1], found.literals[-1] + text[end:])), ""
    except Doubled as error:
        if error.name in LISTS or not error.name:
            message = "this list stands twice in the file: which one is meant cannot be known"
            raise NotRead("json.duplicate_key", message, pointer=f"/{error.name}") from None
        return plain_layout(tuple(members)), error.name


def _follows(skeleton: Layout, members: Mapping[str, Raw], place: int) -> bool:
    """Return whether the list of annotations is that which was read in pieces: it begins at that byte."""
    at = 0
    for key, literal in zip(skeleton.keys, skeleton.literals, strict=False):
        at += len(literal)
        if key == "annotations":
            return at == place
        at += len(members[key])
    return False


def _last_boundary(block: bytes) -> int:
    """Return the place of the last closing brace that another object seems to follow, -1 for none."""
    end = len(block)
    for _ in range(1000):
        end = block.rfind(b"}", 0, end)
        if end < 0 or _BOUNDARY.match(block, end):
            return end
    return -1


def _checked_utf8(text: bytes, start: int) -> None:
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise NotRead("json.not_json", "this byte is not UTF-8", byte=start + error.start) from None


def _is_utf8(text: bytes) -> bool:
    try:
        _checked_utf8(text, 0)
    except NotRead:
        return False
    return True
