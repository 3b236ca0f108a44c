"""Change tokens of S3: made by a listing or a HEAD, and taken apart again by a read."""

import re
from datetime import datetime

from labelport.storage.contract import token_of

_DIGEST = r"[0-9A-Fa-f]{32,}(?:-[0-9]+)?"
"""ETags that a version can be told from: all that S3 and its likes make. Others stand in a token alone."""

_SENDABLE = re.compile(r"[\x20-\x7e]+")
"""What a header can hold; obstore panics over anything else."""

_VERSIONABLE = re.compile(_DIGEST)
_PINNED = re.compile(rf"({_DIGEST})\+(.+)", re.DOTALL)
_WITHOUT_ETAG = re.compile(r"[0-9a-f]{1,13}-(?:0|[0-9a-f]{14,16})")
"""Size and time in nanoseconds; the number after the dash of a multipart ETag has five digits at most."""


def bare(etag: str | None) -> str | None:
    """Return an ETag without its quotes, null for none; a weak one (``W/"x"``) keeps all its signs."""
    if not etag:
        return None
    return etag[1:-1] if len(etag) > 2 and etag[0] == etag[-1] == '"' else etag


def quoted(etag: str) -> str:
    """Return an ETag as a header has it."""
    return etag if '"' in etag else f'"{etag}"'


def is_sendable(etag: str) -> bool:
    """Return whether a condition can name an ETag."""
    return _SENDABLE.fullmatch(etag) is not None


def s3_token(*, etag: str | None, version_id: str | None, size: int, last_modified: datetime | None) -> str:
    """Return the change token of an object; without an ETag its size and time in whole seconds."""
    seconds = 0 if last_modified is None else int(last_modified.timestamp())
    version = version_id if etag is not None and _VERSIONABLE.fullmatch(etag) else None
    return token_of(etag=etag, version_id=version, size=size, mtime_ns=seconds * 1_000_000_000)


def parts_of(token: str) -> tuple[str | None, str | None]:
    """Return the ETag and the version to ask for by a token, each null where there is none to ask for."""
    pinned = _PINNED.fullmatch(token)
    if pinned:
        return pinned.group(1), pinned.group(2)
    return (None if _WITHOUT_ETAG.fullmatch(token) or not is_sendable(token) else token), None
