"""Sizes and checksums of a million objects: 24 bytes each while they are found, 40 where they are kept.

What is kept between runs are texts: rows of 40 bytes in base64, each a digest of (key, token) with the size in
pixels and the md5, sorted by digest. The next run finds them by binary search.
"""

import base64
import binascii
import hashlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MD5_BYTES = 16
DIGEST_BYTES = 16
TEXT_ROWS = 1 << 16
"""Rows of one text: 3.5 MB, so that nothing large is held twice while it is made or read."""


@dataclass(frozen=True)
class Facts:
    """What decoding says of an object."""

    width: int
    """As the manifest says it."""

    height: int

    checksum: str
    """md5, 32 hex digits."""


class Checksums:
    """Facts of objects by number: 0, 1, 2 … in the order of the manifest."""

    def __init__(self) -> None:
        self._widths = array("i")
        self._heights = array("i")
        self._md5 = bytearray()
        self._digests = bytearray()
        self.errors: dict[int, str] = {}
        """Why there are no facts, by number."""

    def __len__(self) -> int:
        return len(self._widths)

    def expect(self, digest: bytes) -> int:
        """Make room for an object with ``digest_of`` it; return its number."""
        self._widths.append(-1)
        self._heights.append(-1)
        self._md5 += bytes(MD5_BYTES)
        self._digests += digest
        return len(self._widths) - 1

    def put(self, number: int, width: int, height: int, md5: bytes) -> None:
        """Note the facts of an object."""
        self._widths[number], self._heights[number] = width, height
        self._md5[number * MD5_BYTES : (number + 1) * MD5_BYTES] = md5

    def facts(self, number: int) -> Facts | None:
        """Return the facts of an object, or null where there are none."""
        if self._widths[number] < 0:
            return None
        md5 = self._md5[number * MD5_BYTES : (number + 1) * MD5_BYTES]
        return Facts(self._widths[number], self._heights[number], md5.hex())

    def kept(self) -> dict[str, str]:
        """Return all facts as texts by names of their own, equal at any order of the objects."""
        import numpy as np  # noqa: PLC0415  -- header modes do without

        digests = np.frombuffer(self._digests, dtype="<u8").reshape(-1, 2)
        widths, heights = np.frombuffer(self._widths, dtype="<i4"), np.frombuffer(self._heights, dtype="<i4")
        md5 = np.frombuffer(self._md5, dtype="V16")
        numbers = np.lexsort((digests[:, 1], digests[:, 0]))
        numbers = numbers[widths[numbers] >= 0]
        found: dict[str, str] = {}
        for start in range(0, len(numbers), TEXT_ROWS):
            chosen = numbers[start : start + TEXT_ROWS]
            rows = np.empty(len(chosen), dtype=_row())
            rows["high"], rows["low"] = digests[chosen, 0], digests[chosen, 1]
            rows["width"], rows["height"], rows["md5"] = widths[chosen], heights[chosen], md5[chosen]
            body = rows.tobytes()
            found[hashlib.md5(body).hexdigest()] = base64.b64encode(body).decode("ascii")
        return found


class Kept:
    """What the last run knew; asked for many objects at once."""

    def __init__(self, cache: Mapping[str, Any]) -> None:
        """``cache``: what ``Checksums.kept`` returned, those of several parts joined; anything else is not known."""
        import numpy as np  # noqa: PLC0415

        self._texts: list[tuple[Any, Any]] = []
        for name in sorted(cache):
            rows = np.frombuffer(_decoded(cache[name]), dtype=_row())
            if len(rows) and (rows["high"][1:] >= rows["high"][:-1]).all():
                self._texts.append((np.ascontiguousarray(rows["high"]), rows))

    def find(self, digests: Sequence[bytes]) -> list[tuple[int, int, bytes] | None]:
        """Return width, height and md5 of each object, or null."""
        import numpy as np  # noqa: PLC0415

        found: list[tuple[int, int, bytes] | None] = [None] * len(digests)
        wanted = np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 2)
        for high, rows in self._texts:
            near = rows[np.minimum(np.searchsorted(high, wanted[:, 0]), len(rows) - 1)]
            known = (near["high"] == wanted[:, 0]) & (near["low"] == wanted[:, 1]) & (near["width"] >= 0)
            for place in np.flatnonzero(known).tolist():
                row = near[place]
                found[place] = int(row["width"]), int(row["height"]), row["md5"].tobytes()
        return found


def digest_of(key: str, token: str) -> bytes:
    """Return the 16 bytes by which the facts of an object are kept."""
    told = f"{len(key)}:{key}{token}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=DIGEST_BYTES).digest()


def _row() -> "np.dtype[Any]":
    import numpy as np  # noqa: PLC0415

    return np.dtype([("high", "<u8"), ("low", "<u8"), ("width", "<i4"), ("height", "<i4"), ("md5", "V16")])


def _decoded(text: object) -> bytes:
    """Return the rows of a kept text; none where it is no such text: a cache may be lost, never wrong."""
    try:
        body = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
    return body if len(body) % _row().itemsize == 0 else b""
