"""An opened dataset: its settings, its bucket, and the place where it publishes."""

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from labelport.errors import ObjectAbsent, SettingsError
from labelport.privacy import hmac_key
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.opening import folder_of, open_bucket

if TYPE_CHECKING:
    from labelport.events.contract import Queue

FILE_BYTES = 1 << 28
"""Most bytes of a file that the settings name: it is read whole, into memory."""

_ELSEWHERE = re.compile(r"/|~|[A-Za-z][A-Za-z0-9+.-]*://")
"""What the path of a file begins with that does not lie below the bucket's prefix."""


class UserFile(NamedTuple):
    """A file that the settings name (a table of the user's own), read whole."""

    path: str
    """As the settings name it."""

    token: str
    """Its change token, as ``Dataset.file_token`` gives it."""

    body: bytes


@dataclass(frozen=True)
class Dataset:
    """One dataset, opened."""

    settings: DatasetSettings
    """What its owner wrote."""

    bucket: Bucket
    """The raw objects."""

    publish: Bucket
    """Catalogue, renditions, manifests, annotations, report."""

    connection: Connection = field(default_factory=Connection)
    """How S3 and the queue are reached."""

    @property
    def name(self) -> str:
        """Return the dataset's name."""
        return self.settings.name

    @property
    def key(self) -> bytes | None:
        """Return the project's HMAC key, or null; raises ``SettingsError`` where it is named and not set."""
        return hmac_key(self.settings.privacy.key_env)

    def queue(self) -> "Queue | None":
        """Return the queue of events, or null where the settings name none."""
        if self.settings.events is None:
            return None
        from labelport.events.sqs import SqsQueue  # noqa: PLC0415  -- most datasets have no queue

        return SqsQueue(self.settings.events, self.connection)

    def file_token(self, path: str) -> str:
        """Return the change token of a file that the settings name; nothing is read.

        ``path``: relative to the bucket's prefix, or an absolute path or a URI. Raises ``SettingsError`` where
        there is no such file, or it is too large; ``BucketError`` where the store cannot be reached.
        """
        return self._file(path)[2]

    def file(self, path: str) -> UserFile:
        """Return a file that the settings name; ``path`` and errors as those of ``file_token``.

        Raises ``ObjectChanged`` where somebody writes it at this moment.
        """
        bucket, key, token, size = self._file(path)
        return UserFile(path, token, bucket.read_range(key, 0, size, token=token))

    def _file(self, path: str) -> tuple[Bucket, str, str, int]:
        bucket, key = self._place(path)
        try:
            found = bucket.head(key)
        except ObjectAbsent as error:
            raise SettingsError(f"there is no file {path}: it is looked for in {bucket.uri}") from error
        if found.size > FILE_BYTES:
            raise SettingsError(f"{path} has {found.size:,} bytes, and more than {FILE_BYTES:,} are not read")
        return bucket, key, found.token, found.size

    def _place(self, path: str) -> tuple[Bucket, str]:
        """Return the bucket that a file of the settings lies in, and its key there."""
        if not _ELSEWHERE.match(path):
            return self.bucket, path
        folder = folder_of(path)
        parent, name = os.path.split(folder) if folder is not None else path.rpartition("/")[::2]
        if not name:
            raise SettingsError(f"{path} is no file: it ends in a slash")
        return open_bucket(parent, connection=self.connection), name


def open_dataset(settings: DatasetSettings, connection: Connection | None = None) -> Dataset:
    """Open bucket and publish of a dataset; without a connection S3 is reached by the AWS chain.

    Raises ``BucketError``.
    """
    reached = connection or Connection()
    return Dataset(
        settings,
        open_bucket(settings.bucket_uri, connection=reached),
        open_bucket(settings.publish, create=True, connection=reached),
        reached,
    )
