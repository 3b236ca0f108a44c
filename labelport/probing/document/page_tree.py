"""The pages of a PDF: what the root of its page tree says, and a walk through the tree that checks it.

ISO 32000-2, 7.7.3: a node has /Kids and /Count, the number of pages below it; a leaf is a page.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelport.probing.contract import BudgetSpent
from labelport.probing.document.tape import Stopped, Tape

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ["DEPTH", "NoPageTree", "PageTree", "page_tree"]

KIDS = 10_000
"""Kids that are looked at, at most."""

DEPTH = 64
"""Levels of the tree."""

REQUESTS = 16
BYTES = 512 << 10
"""Requests and bytes that the walk may cost: it checks a number that is known already."""

LOOKS = 64
LOOK_REQUESTS = 4
"""Kids that are looked at, and requests for them, in nodes that have as many kids as pages: they leave no question,
and in a file of scans each look is a request."""

_MOST_PAGES = 2**31 - 1


@dataclass(frozen=True)
class PageTree:
    """What is known of the pages."""

    said: int | None
    """/Count of the root; null where that is no number of pages."""

    walked: int
    """Pages that the walk came upon, those included that a node with as many kids as pages was believed."""

    end: str
    """How the walk ended: ``whole``; ``far``: at ``KIDS``, ``REQUESTS`` or ``BYTES``; ``deep``: the tree has more levels than
    ``DEPTH``; ``stopped``: the object's budget was spent."""


class NoPageTree(Exception):
    """The document has no root, or the root no page tree."""


def page_tree(document: "PdfReader", tape: Tape) -> PageTree:
    """Return what the page tree of a document says; ``tape``: what it is read from.

    Raises ``NoPageTree``, and what pypdf raises of broken objects.
    """
    from pypdf.generic import DictionaryObject  # noqa: PLC0415  -- only workers that meet a PDF pay for it

    catalog = document.trailer.get("/Root") if document.strict else document.root_object
    catalog = catalog.get_object() if catalog is not None else None
    root = catalog.get("/Pages") if isinstance(catalog, DictionaryObject) else None
    root = root.get_object() if root is not None else None
    if not isinstance(root, DictionaryObject):
        raise NoPageTree
    said = _count(root)
    try:
        walked, end = _walk(root, tape, strict=document.strict)
    except Stopped as stop:
        if not isinstance(stop.reason, BudgetSpent):
            raise
        walked, end = 0, "stopped"
    return PageTree(said, walked, end)


def _count(node: Any) -> int | None:
    """Return /Count of a node where it is a number of pages."""
    found = node.get("/Count")
    found = found.get_object() if found is not None else None
    return int(found) if isinstance(found, int) and 0 <= found <= _MOST_PAGES else None


def _walk(root: Any, tape: Tape, *, strict: bool) -> tuple[int, str]:
    """Return how many pages there are below a node, as far as a walk comes, and how it ended.

    ``strict``: a kid that cannot be read raises; else it is no page.
    """
    from pypdf.generic import ArrayObject, DictionaryObject  # noqa: PLC0415

    requests, bytes_read = tape.requests, tape.bytes_read
    pending: list[tuple[Any, int]] = [(root, 1)]
    seen = {_place(root)}
    pages = looked_at = 0
    looks = LOOKS
    end = "whole"
    while pending:
        node, depth = pending.pop()
        kids = node.get("/Kids")
        kids = kids.get_object() if kids is not None else None
        if not isinstance(kids, ArrayObject):
            continue
        flat = 1 < len(kids) == _count(node)
        for number, reference in enumerate(kids):
            spent = tape.requests - requests
            if flat and (not looks or spent >= LOOK_REQUESTS):
                pages += len(kids) - number
                break
            if looked_at >= KIDS or spent >= REQUESTS or tape.bytes_read - bytes_read >= BYTES:
                return pages, "far"
            looked_at += 1
            looks -= flat
            try:
                kid = reference.get_object()
            except Exception:
                if strict:
                    raise
                kid = None
            if not isinstance(kid, DictionaryObject):
                continue
            if "/Kids" not in kid:
                pages += 1
            elif depth >= DEPTH:
                end = "deep"
            elif _place(kid) not in seen:  # a node that is met twice is a loop: it holds no page more
                seen.add(_place(kid))
                pending.append((kid, depth + 1))
    return pages, end


def _place(node: Any) -> tuple[int, int] | int:
    """Return what tells a node from others: its object number and generation."""
    reference = node.indirect_reference
    return id(node) if reference is None else (reference.idnum, reference.generation)
