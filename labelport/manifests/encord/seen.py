"""What a check remembers over the chunks of one manifest: URLs and titles, to find doubles, and how many there are."""

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

MOST_REMEMBERED = 2_000_000
"""URLs; twice what one file may hold. More are counted, and no longer compared."""

_NUMBER = re.compile(r"\.\d{4,}(?=\.(?:sdk\.json|json|csv)$)")


@dataclass
class Seen:
    """Digests of what stands in the chunks of one manifest. Memory: about 100 bytes each."""

    urls: set[bytes] = field(default_factory=set)
    titles: set[bytes] = field(default_factory=set)

    def url_again(self, url: str) -> bool:
        """Remember a URL; return whether it was there."""
        return _again(self.urls, url)

    def title_again(self, title: str) -> bool:
        """Remember a title (or another name); return whether it was there."""
        return _again(self.titles, title)


def _again(known: set[bytes], text: str) -> bool:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
    if digest in known:
        return True
    if len(known) < MOST_REMEMBERED:
        known.add(digest)
    return False


def manifest_of(path: Path) -> str:
    """Return what the chunks of one manifest have in common: the path without the chunk's number.

    >>> manifest_of(Path("a/encord.0002.json"))
    'a/encord.json'
    """
    return _NUMBER.sub("", str(path))
