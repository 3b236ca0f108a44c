"""PDFs made of bytes: good ones in every layout of their tables, and ones that lie.

tree(5)                       objects of a document of five pages
tables(tree(5))               with a table of cross-references
compressed(tree(5))           with its objects in a stream, and a stream of cross-references
grown(tables(tree(5)), tree(7))   with an incremental update
"""

import zlib
from collections.abc import Mapping

Objects = Mapping[int, bytes]
"""Bodies of objects by their number; 1 is the catalog, 2 the root of the page tree."""

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def node(kids: list[int], count: object) -> bytes:
    """Return a node of a page tree; ``count`` as it is to be written."""
    return f"<</Type/Pages/Count {count}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>".encode()


def tree(pages: int, *, count: object = None) -> dict[int, bytes]:
    """Return a document whose root has all pages; ``count``: what it says of their number."""
    kids = list(range(3, 3 + pages))
    return {1: CATALOG, 2: node(kids, pages if count is None else count), **dict.fromkeys(kids, PAGE)}


def branches(branching: int, leaves: int, *, padding: int = 0) -> dict[int, bytes]:
    """Return a document of ``branching`` branches of ``leaves`` pages; ``padding``: bytes in each page."""
    made = {1: CATALOG, 2: node(list(range(3, 3 + branching)), branching * leaves)}
    page = PAGE[:-2] + b"/Padding(" + b"x" * padding + b")>>"
    for branch in range(branching):
        first = 3 + branching + branch * leaves
        made[3 + branch] = node(list(range(first, first + leaves)), leaves)
        made |= dict.fromkeys(range(first, first + leaves), page)
    return made


def written(objects: Objects, *, at: int = 0) -> tuple[bytes, dict[int, int]]:
    """Return objects one behind another, and where each begins."""
    made, places = [], {}
    for number, body in objects.items():
        places[number] = at
        made.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(made[-1])
    return b"".join(made), places


def stream(content: bytes, *, entries: bytes = b"/Filter/FlateDecode", raw: bool = False) -> bytes:
    """Return a stream; ``raw``: the content is what its filters made already."""
    packed = content if raw else zlib.compress(content, 9)
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(packed), packed)


def tables(
    objects: Objects,
    *,
    header: bytes = b"%PDF-1.7\n",
    root: bytes = b"/Root 1 0 R",
    startxref: int | None = None,
) -> bytes:
    """Return a document with a table of cross-references (ISO 32000-2, 7.5.4)."""
    body, places = written(objects, at=len(header))
    made = header + body
    top = max(objects) + 1
    rows = [b"0000000000 65535 f \n"]
    rows += [
        b"%010d 00000 %s \n" % (places.get(number, 0), b"n" if number in places else b"f") for number in range(1, top)
    ]
    at = len(made) if startxref is None else startxref
    table = b"xref\n0 %d\n%s" % (top, b"".join(rows))
    return made + table + b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (top, root, at)


def grown(document: bytes, objects: Objects) -> bytes:
    """Return a document with new objects behind it (7.5.6)."""
    body, places = written(objects, at=len(document))
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(places.items()))
    before = document[document.rindex(b"startxref") + 9 :].split()[0]
    trailer = b"trailer\n<</Size %d/Root 1 0 R/Prev %s>>\n" % (max(objects) + 1, before)
    return (
        document
        + body
        + b"xref\n0 1\n0000000000 65535 f \n"
        + rows
        + trailer
        + b"startxref\n%d\n%%%%EOF\n" % (len(document) + len(body))
    )


def object_stream(objects: Objects, *, entries: bytes = b"/Filter/FlateDecode") -> bytes:
    """Return a stream of objects (7.5.7)."""
    index, bodies = b"", b""
    for number, body in objects.items():
        index += b"%d %d " % (number, len(bodies))
        bodies += body + b" "
    return stream(index + bodies, entries=b"/Type/ObjStm/N %d/First %d%s" % (len(objects), len(index), entries))


def cross_references(places: Mapping[int, int], inside: Mapping[int, int], *, size: int, entries: bytes = b"") -> bytes:
    """Return a stream of cross-references (7.5.8). ``inside``: the object stream of an object."""
    rows = b""
    for number in range(size):
        kind, second = (
            (2, inside[number]) if number in inside else (1 if number in places else 0, places.get(number, 0))
        )
        position = list(inside).index(number) if number in inside else 0
        rows += bytes([kind]) + second.to_bytes(4, "big") + position.to_bytes(2, "big")
    return stream(rows, entries=b"/Type/XRef/Size %d/W[1 4 2]/Filter/FlateDecode%s" % (size, entries))


def compressed(objects: Objects, *, holder: bytes | None = None, reference: str = "/Root 1 0 R") -> bytes:
    """Return a document whose objects lie in a stream; ``holder``: another stream in its place."""
    header = b"%PDF-1.7\n"
    number = max(objects) + 1
    body, places = written({number: holder or object_stream(objects)}, at=len(header))
    at = len(header) + len(body)
    places[number + 1] = at
    table = cross_references(places, dict.fromkeys(objects, number), size=number + 2, entries=reference.encode())
    last, _ = written({number + 1: table})
    return header + body + last + b"startxref\n%d\n%%%%EOF\n" % at


def hybrid(objects: Objects, hidden: Objects) -> bytes:
    """Return a document with a table, and a stream of cross-references for what old readers need not see (7.5.8.4)."""
    header = b"%PDF-1.7\n"
    number = max([*objects, *hidden]) + 1
    body, places = written({**objects, number: object_stream(hidden)}, at=len(header))
    at = len(header) + len(body)
    table = cross_references({number: places[number]}, dict.fromkeys(hidden, number), size=number + 2)
    last, _ = written({number + 1: table}, at=at)
    made = header + body + last
    rows = b"".join(
        b"%010d 00000 n \n" % places[each] if each in objects else b"0000000000 00000 f \n" for each in range(1, number)
    )
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (number, rows)
    return (
        made
        + table
        + b"trailer\n<</Size %d/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            number,
            at,
            len(made),
        )
    )


def linearised(objects: Objects) -> bytes:
    """Return a document whose catalog and page tree stand in front, with the first of two tables (Annex F)."""
    front = {number: objects[number] for number in (1, 2)}
    rest = {number: body for number, body in objects.items() if number not in front}
    top = max(objects) + 1
    header = b"%PDF-1.7\n"
    sized = 120 + sum(len(body) + 20 for body in front.values()) + 20 * (top + 4)
    main_at = len(header) + sized  # where the other part begins, roomy
    body, places = written(rest, at=main_at)
    main = b"xref\n0 1\n0000000000 65535 f \n3 %d\n" % (top - 3)
    main += b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(rest))
    main += b"trailer\n<</Size %d>>\nstartxref\n0\n%%%%EOF\n" % top
    first_at = len(header)
    table = b"xref\n1 2\n%s"
    trailer = b"trailer\n<</Size %d/Root 1 0 R/Prev %d>>\nstartxref\n0\n%%%%EOF\n" % (top, main_at + len(body))
    objects_at = first_at + len(table % (b"0" * 40)) + len(trailer)
    first, places = written(front, at=objects_at)
    rows = b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(front))
    made = header + table % rows + trailer + first
    made += b"%" * (main_at - len(made) - 1) + b"\n"
    return made + body + main.replace(b"startxref\n0", b"startxref\n%d" % first_at)
