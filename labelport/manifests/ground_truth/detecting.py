"""Is a file one of Ground Truth's: by the members that only its lines and sequence files have."""

import re

from labelport.manifests.chunks import is_index

SEQUENCES = ".sequences/"
"""End of the name of the folder of sequence files."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}:]')
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_OF_SEQUENCE = re.compile(rb'"(?:seq-no|number-of-frames|frame-no)"\s*:')
_OWN_CHUNKS = re.compile(rb'"file"\s*:\s*"[^"]*\.jsonl"')


def looks_like_ground_truth(name: str, head: bytes) -> float:
    """Return how surely a file is a manifest, a sequence file, or the index of chunks."""
    if is_index(name, head):
        return 1.0 if _OWN_CHUNKS.search(head) else 0.0
    if not _OBJECT.match(head):
        return 0.0
    members = _members(head)
    if b"source-ref" in members:
        return 1.0
    if b"source" in members:
        return 0.9
    return 1.0 if _OF_SEQUENCE.search(head) else 0.0


def is_sequence(name: str, head: bytes) -> bool:
    """Return whether a file is to be read as a sequence file, not as lines."""
    if not _members(head).isdisjoint((b"source-ref", b"source")):
        return False
    return bool(_OF_SEQUENCE.search(head)) or name.lower().endswith(".json")


def _members(head: bytes) -> frozenset[bytes]:
    """Return the names of the members of the first object at the head of a file, as they are spelled there."""
    depth, found, last = 0, set(), b""
    for match in _TOKEN.finditer(head):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
        elif token in (b"]", b"}"):
            depth -= 1
            if depth <= 0:
                break
        elif token == b":" and depth == 1:
            found.add(last[1:-1])
        last = token
    return frozenset(found)
