"""From a URI to a bucket."""

from labelport.errors import BucketError
from labelport.storage.contract import Bucket


def open_bucket(uri: str, *, create: bool = False) -> Bucket:
    """Open a bucket: a folder path, ``file://…``, or ``memory://name`` for tests.

    ``create``: make the folder where it is absent. Raises ``BucketError``.
    """
    raise BucketError(f"no bucket can be opened at {uri!r}")
