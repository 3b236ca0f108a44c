"""Which members the entries of a JSON array have: what tells the platforms whose files are arrays from each other."""

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}:]')
_ARRAY = re.compile(rb"[ \t\n\r]*\[")
_DEPTH_OF_ENTRY = 2


def members_of_entries(head: bytes) -> frozenset[str]:
    """Return the names of the members of the entries at the head of a file; none where it is no array of objects.

    A name inside a value does not count, however it is spelled.

    >>> sorted(members_of_entries(b'[{"data": {"row_data": 1}}, {"id": 2, "da'))
    ['data', 'id']
    """
    if not _ARRAY.match(head):
        return frozenset()
    depth, found, last = 0, set(), b""
    for match in _TOKEN.finditer(head):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
        elif token in (b"]", b"}"):
            depth -= 1
        elif token == b":" and last.startswith(b'"') and depth == _DEPTH_OF_ENTRY:
            found.add(last[1:-1].decode("utf-8", "replace"))
        last = token
    return frozenset(found)
