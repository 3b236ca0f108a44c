"""What platforms give back: a result's own id leads to an object through the manifest that was sent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelport.annotations.detecting import formats
from labelport.annotations.gathering import OWN, Source
from labelport.catalogue.stage import Stage
from labelport.manifests.emission import stage_name

if TYPE_CHECKING:
    from labelport.dataset import Dataset


def manifests_of(dataset: "Dataset", sources: Sequence[Source]) -> tuple[dict[str, list[bytes]], dict[str, str]]:
    """Return the manifests that results may look into by source, and their versions (inputs of the stage).

    A reader that looks into manifests has ``with_manifests(bodies)``: all CSV files of the platform's live
    manifests, in the order of the settings.
    """
    found: dict[str, list[bytes]] = {}
    versions: dict[str, str] = {}
    for source in sources:
        if source.name == OWN or not hasattr(formats().get(source.format), "with_manifests"):
            continue
        bodies = found[source.name] = []
        for manifest in dataset.settings.manifests:
            if manifest.platform != source.name:
                continue
            name = stage_name(manifest.manifest_name)
            live = Stage(dataset.publish, name, dataset=dataset.name).current()
            if live is not None:
                versions[name] = live.stamp.content_version
                bodies += [live.read_file(file) for file in sorted(live.files()) if file.endswith(".csv")]
    return found, versions
