"""The images that annotation files on the command line are led to: those of a folder or bucket, or none."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from labelport.annotations.images import index_of
from labelport.annotations.matching import Matcher
from labelport.annotations.places import Places, placed_nowhere
from labelport.annotations.said import Said
from labelport.annotations.volumes.catalogue_volumes import volumes_from
from labelport.annotations.volumes.image_identities import ImageIdentities
from labelport.annotations.writing import Grids
from labelport.catalogue.generation import Generation
from labelport.cli.asking import settings_from
from labelport.cli.bars import bars
from labelport.cli.stages import catalogue_at, refreshed
from labelport.dataset import Dataset, open_dataset
from labelport.options import AnnotationOptions


@dataclass(frozen=True)
class KnownImages:
    """What readers and writers may look up."""

    said: Said
    place: Callable[..., Places] = placed_nowhere
    grids: Grids = field(default_factory=Grids)
    dataset: Dataset | None = None
    media: Generation | None = None


@contextmanager
def known_images(images: str | None, options: AnnotationOptions) -> Iterator[KnownImages]:
    """Give the images of a folder or bucket, probed and grouped into series; nothing, where none was named."""
    said = Said("annotations")
    if images is None:
        yield KnownImages(said)
        return
    with ExitStack() as stack:
        publish = stack.enter_context(catalogue_at(None))
        dataset = open_dataset(settings_from(images, publish))
        with bars() as progress:
            done = refreshed(dataset, upto="series", allow_removed=True, allow_errors=True, progress=progress)
        media, series = done.live("media_metadata"), done.live("series")
        volumes = stack.enter_context(volumes_from(media, series, dataset.key))
        place = Matcher(index_of(media, series, None), options, said, roots=(dataset.bucket.uri,))
        yield KnownImages(said, place, Grids(volumes, ImageIdentities(dataset.bucket, dataset.key)), dataset, media)
