"""From a URI to a bucket."""

# Paths are made of opaque keys: pathlib would fold them, and costs more than the calls.
# ruff: noqa: PTH100, PTH103, PTH111

import os
import re
from urllib.parse import unquote

from labelport.errors import BucketError
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket
from labelport.storage.s3.address import parse_address

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)


def open_bucket(uri: str, *, create: bool = False, connection: Connection | None = None) -> Bucket:
    """Open a bucket: a folder path, ``file://…``, ``s3://bucket/prefix``, or ``memory://name`` for tests.

    ``create``: make the folder where it is absent. An absent folder opens: a stage that reads only the
    catalogue works while the disk is away, and the listing is what raises. ``connection``: how S3 is
    reached; without one by the ordinary AWS chain. Raises ``BucketError``.
    """
    folder = folder_of(uri)
    if folder is not None:
        if create:
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                raise BucketError(f"the folder {folder} cannot be made ({error.strerror})") from error
        return FolderBucket(folder)
    scheme, rest = _SCHEME.fullmatch(uri).groups()  # type: ignore[union-attr]  # folder_of saw a scheme
    if scheme.lower() == "memory" and rest:
        return MemoryBucket(rest)
    if is_s3(uri):
        from labelport.storage.s3.bucket import S3Bucket  # noqa: PLC0415  -- folders need not pay for its imports

        return S3Bucket(uri, connection or Connection())
    raise BucketError(f"{scheme}:// cannot be read: buckets are s3://bucket/prefix, a path, or file:///path")


def folder_of(uri: str) -> str | None:
    """Return the absolute path of the folder that a URI names, or null where it names no folder.

    Relative paths are below the working folder; ``~`` is the user's. Raises ``BucketError`` for an empty
    URI and for ``file://`` with a host.
    """
    if not uri.strip():
        raise BucketError("the bucket has no address: write a folder path")
    match = _SCHEME.fullmatch(uri)
    if match is None:
        return os.path.abspath(os.path.expanduser(uri))
    scheme, rest = match.groups()
    if scheme.lower() != "file":
        return None
    host, slash, path = rest.partition("/")
    if host not in ("", "localhost") or not slash:
        raise BucketError(f"{uri!r} names the host {host!r}: write file:///path, with three slashes")
    return os.path.abspath("/" + unquote(path))


def key_inside(bucket_uri: str, inner_uri: str) -> str | None:
    """Return the key of the folder (``derived/``) of a bucket in which another bucket lies, else null.

    Null where it lies elsewhere, or one is a folder and the other is none. What Labelport publishes there is
    no media.
    """
    if is_s3(bucket_uri) and is_s3(inner_uri):
        within, place = parse_address(bucket_uri), parse_address(inner_uri)
        inside = place.name == within.name and place.prefix != within.prefix
        return place.prefix.removeprefix(within.prefix) if inside and place.prefix.startswith(within.prefix) else None
    outer, inner = folder_of(bucket_uri), folder_of(inner_uri)
    if outer is None or inner is None:
        return None
    below = os.path.relpath(os.path.realpath(inner), os.path.realpath(outer))
    return None if below == "." or below.split("/")[0] == ".." else f"{below}/"


def is_s3(uri: str) -> bool:
    """Return whether a URI names a bucket of S3."""
    match = _SCHEME.fullmatch(uri)
    return match is not None and match.group(1).lower() == "s3"


def without_folder(bucket: Bucket, key: str) -> Bucket:
    """Return the bucket with listings that do not enter the folder of this key (``derived/``).

    Only a folder saves anything by that; of other buckets the caller drops the keys below.
    """
    return FolderBucket(bucket.uri, without=[key]) if isinstance(bucket, FolderBucket) else bucket
