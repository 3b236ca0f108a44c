"""The public interface: a MediaDataset in a defs.yaml gives the whole chain of assets."""

import dagster as dg
from pydantic import BaseModel

from assets.dataset import build_assets
from labelport.settings import DatasetSettings
from orchestration.automation import WHEN_DATA_CHANGES


class MediaDataset(dg.Component):
    """One dataset of media: where it lies, and what is built from it.

    A bucket of raw files becomes an inventory, probed media metadata, series, and the manifests that
    labeling platforms take. New uploads rebuild just what they touch.
    """

    def __init__(self, settings: DatasetSettings) -> None:
        self.settings = settings

    @classmethod
    def get_model_cls(cls) -> type[DatasetSettings]:
        """Return the model that `dg check yaml` holds the attributes against."""
        return DatasetSettings

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "MediaDataset":
        """Resolve ``{{ env.X }}`` in all values and check the result again."""
        given = attributes.model_dump(exclude_unset=True) if attributes else {}
        return cls(DatasetSettings.model_validate(context.resolution_context.resolve_value(given)))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002
        """Return the dataset's assets."""
        return dg.Definitions(assets=build_assets(self.settings, automation=WHEN_DATA_CHANGES))
