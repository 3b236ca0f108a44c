"""Text objects in a bucket, as probes would have seen them."""

from labelport.storage.contract import Bucket
from labelport.testing.manifest import Prefix, Row, media_row


def text_in(bucket: Bucket, key: str, body: bytes) -> Row:
    """Put a text into a bucket and return its media row."""
    bucket.put(key, body)
    token = bucket.head(key).token
    return media_row(key, kind="text", media_format="text", size=len(body), token=token)


def add_text(prefix: Prefix, bucket: Bucket, key: str, body: bytes) -> str:
    """Add a text as a series of its own; return the series' id."""
    return prefix.add(key, [text_in(bucket, key, body)])
