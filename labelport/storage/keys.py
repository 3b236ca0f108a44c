"""Keys of a folder: which names it can hold, and which it must not."""

from urllib.parse import quote

from labelport.errors import BucketError

RESERVED = ".labelport"
"""Folder of the lock and of unfinished puts; no key may have a segment of this name."""


def folder_segments(prefix: str) -> list[str] | None:
    """Return the folders that a prefix of keys names whole, or null where no key of a folder can have it.

    ``a/b/c`` gives ``["a", "b"]``. Raises ``BucketError`` for a prefix that leads out of the folder.
    """
    refuse_leaving(prefix)
    segments = prefix.split("/")[:-1]
    return None if any(segment in ("", ".") for segment in segments) else segments


def refuse_leaving(key: str) -> None:
    """Raise ``BucketError`` for a key or prefix that leads out of the folder, or that is no name."""
    if key.startswith("/") or ".." in key.split("/"):
        raise BucketError(f"{key!r} leads out of the folder: keys are relative and have no '..'")
    if "\0" in key:
        raise BucketError(f"{key!r} holds a NUL byte, which no file name can")
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise BucketError(f"{key!r} is no text in UTF-8: rename the file") from error


def folder_path(key: str) -> str:
    """Return the path below the root of a key; raises ``BucketError`` where a folder cannot hold it.

    Nothing is normalised: ``a//b`` and ``a/b`` are two keys, and a folder would make them one.
    """
    refuse_leaving(key)
    segments = key.split("/")
    if any(segment in ("", ".") for segment in segments):
        raise BucketError(f"a folder cannot hold the key {key!r}: it has an empty segment or '.'")
    if RESERVED in segments:
        raise BucketError(f"{key!r}: {RESERVED} is kept for locks and unfinished writes")
    return key


def url_of(base: str, key: str) -> str:
    """Return ``base`` and the percent-encoded key (UTF-8, upper-case hex, ``~`` and ``/`` kept).

    Frozen: platforms find duplicates by these bytes (``specs/manifests.md`` 1.7).
    """
    return f"{base.rstrip('/')}/{quote(key, safe='/')}"
