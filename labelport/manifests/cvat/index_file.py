"""The index of a manifest, ``{"0":36,"1":245}``: compared with the lines, offset by offset."""

import re
from collections.abc import Sequence
from pathlib import Path

from labelport.findings import Finding, finding

MOST_BYTES = 64 << 20
"""Of an index that is read: three million entries."""

_OPEN = re.compile(rb"\s*\{")
_PAIR = re.compile(rb'\s*"([^"\\\x00-\x1f]{1,20})"\s*:\s*(-?[0-9]{1,18})\s*([,}])')
_EMPTY = re.compile(rb"\s*\}\s*\Z")
_END = re.compile(rb"\s*\Z")


def index_findings(index: Path, offsets: Sequence[int]) -> list[Finding]:
    """Return what is wrong with an index; ``offsets``: the bytes at which the lines of the entries begin."""
    size = index.stat().st_size
    if size > MOST_BYTES:
        return [index_finding(index, f"the index has more than {MOST_BYTES:,} bytes")]
    body = index.read_bytes()
    opened = _OPEN.match(body)
    if opened is None:
        return [index_finding(index, "the index is not a JSON object")]
    right = bytearray(len(offsets))
    first_wrong, wrong, spare = "", 0, 0
    at = opened.end()
    while not _EMPTY.match(body, at) or at > opened.end():
        pair = _PAIR.match(body, at)
        if pair is None:
            return [index_finding(index, f"from byte {at} on the index is not names and whole numbers")]
        name, offset, after = pair.groups()
        number = int(name) if name.isdigit() and str(int(name)).encode() == name else -1
        if not 0 <= number < len(offsets) or right[number]:
            spare += 1
            first_wrong = first_wrong or name.decode("utf-8", "replace")
        elif offsets[number] == int(offset):
            right[number] = 1
        at = pair.end()
        if after == b"}":
            if not _END.match(body, at):
                return [index_finding(index, f"from byte {at} on there is more than the index")]
            break
    wrong = right.count(0)
    if not wrong and not spare:
        return []
    pointer = f"/{right.index(0) if wrong else first_wrong}"
    message = f"{wrong} offsets are wrong or absent, {spare} entries are not in the manifest or stand twice"
    return [index_finding(index, message, pointer=pointer)]


def index_finding(index: Path, message: str, *, pointer: str = "") -> Finding:
    """Return the finding about an index."""
    return finding("cvat.index_stale", stage="check", file=str(index), pointer=pointer, message=message)
