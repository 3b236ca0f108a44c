"""Where a bucket is: ``s3://bucket/prefix``, and how its objects are called in manifests."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from labelport.errors import BucketError
from labelport.storage.keys import url_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
"""Of a bucket, with the long names and capitals that old ones have."""

_HOSTABLE = re.compile(r"(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Names that can stand before the host: no dots, which the wildcard of a TLS certificate does not cover."""

_AWS_HOST = re.compile(r"s3(?:[.-][a-z0-9-]+)*\.(amazonaws\.com(?:\.cn)?)")


@dataclass(frozen=True)
class S3Address:
    """A bucket and the folder in it whose objects are meant."""

    name: str
    """Of the bucket."""

    prefix: str
    """Empty, or ends with ``/``; keys follow it literally."""

    @property
    def uri(self) -> str:
        """The one URI of this place: ``s3://b/x`` and ``s3://b/x/`` are both ``s3://b/x/``."""
        return f"s3://{self.name}/{self.prefix}"


def parse_address(uri: str) -> S3Address:
    """Return what an ``s3://`` URI names; nothing in it is decoded. Raises ``BucketError``."""
    name, _, prefix = uri.partition("://")[2].partition("/")
    if "@" in name:  # not shown: what stands before @ is a secret
        raise BucketError("an s3:// address holds no credentials: write s3://bucket/prefix, and name a connection")
    if "?" in uri:
        # Not shown either: the query of a signed address is a secret.
        raise BucketError("an s3:// address has no query (no '?'): write s3://bucket/prefix")
    if not name:
        raise BucketError(f"{uri!r} names no bucket: write s3://bucket/prefix")
    if not _NAME.fullmatch(name):
        raise BucketError(
            f"{name!r} is no name of a bucket (letters, digits, '.', '-', '_'; of an access point write its alias)"
        )
    try:
        prefix.encode()
    except UnicodeEncodeError as error:
        raise BucketError(f"{uri!r} is no text in UTF-8") from error
    return S3Address(name, prefix if not prefix or prefix.endswith("/") else f"{prefix}/")


def aws_suffix(endpoint: str) -> str | None:
    """Return ``amazonaws.com`` (or its Chinese twin) where an endpoint is AWS's own, else null."""
    match = _AWS_HOST.fullmatch(urlsplit(endpoint).hostname or "")
    return match.group(1) if match else None


def is_virtual(endpoint: str, bucket: str, addressing: str) -> bool:
    """Return whether the bucket stands before the host, as botocore decides it.

    ``auto``: at AWS, and not where an endpoint was given, as S3-compatible stores seldom know that form.
    """
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if addressing == "path" or (addressing != "virtual" and aws_suffix(endpoint) is None):
        return False
    if re.fullmatch(r"[0-9.]+|.*:.*", host):  # nothing stands before an address of digits
        return False
    labels = bucket.split(".") if parts.scheme == "http" else [bucket]
    return 3 <= len(bucket) <= 63 and all(_HOSTABLE.fullmatch(label) for label in labels)


def url_base(endpoint: str, region: str, bucket: str) -> str:
    """Return what stands before the keys of a bucket in manifests. Frozen: platforms find duplicates by it.

    Forms: ``specs/manifests.md`` 3.7. At AWS by region and never by endpoint, so that a private endpoint
    of a network does not get into manifests.
    """
    suffix = aws_suffix(endpoint)
    if suffix is None:
        return f"{endpoint.rstrip('/')}/{bucket}"
    if "." in bucket or not _HOSTABLE.fullmatch(bucket):
        return f"https://s3.{region}.{suffix}/{bucket}"
    return f"https://{bucket}.s3.{region}.{suffix}"


def object_url(base: str, key: str) -> str:
    """Return the address of a whole key (prefix and all) of a bucket."""
    return url_of(base, key)
