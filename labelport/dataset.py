"""An opened dataset: its settings, its bucket, and the place where it publishes."""

from dataclasses import dataclass

from labelport.privacy import hmac_key
from labelport.settings import DatasetSettings
from labelport.storage.contract import Bucket
from labelport.storage.opening import open_bucket


@dataclass(frozen=True)
class Dataset:
    """One dataset, opened."""

    settings: DatasetSettings
    """What its owner wrote."""

    bucket: Bucket
    """The raw objects."""

    publish: Bucket
    """Catalogue, renditions, manifests, annotations, report."""

    @property
    def name(self) -> str:
        """Return the dataset's name."""
        return self.settings.name

    @property
    def key(self) -> bytes | None:
        """Return the project's HMAC key, or null; raises ``SettingsError`` where it is named and not set."""
        return hmac_key(self.settings.privacy.key_env)


def open_dataset(settings: DatasetSettings) -> Dataset:
    """Open bucket and publish of a dataset; raises ``BucketError``."""
    return Dataset(settings, open_bucket(settings.bucket_uri), open_bucket(settings.publish, create=True))
