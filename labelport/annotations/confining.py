"""The workers that read annotation files in a run of the stage."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from labelport.annotations.confined import Confined, Lookups, park_index
from labelport.annotations.gathering import BUCKET, Source
from labelport.annotations.sources import place_of
from labelport.annotations.volumes.catalogue_volumes import opened_volumes
from labelport.annotations.volumes.image_volume import Volumes
from labelport.annotations.volumes.planes import park_planes
from labelport.manifests.reading import Tables
from labelport.runners.contract import Runner
from labelport.runners.local import LocalRunner
from labelport.storage.contract import Bucket

if TYPE_CHECKING:
    from labelport.dataset import Dataset


@dataclass(frozen=True)
class Catalogue:
    """What readers may look up in the dataset's catalogue."""

    index: pa.Table
    """The index of images."""

    media: Tables
    series: Tables
    """Generations of media_metadata and series."""

    manifests: Mapping[str, Sequence[bytes]]
    """By source: manifests that results may look into."""


@dataclass(frozen=True)
class Confinement:
    """Reads claims in workers."""

    reads: Mapping[str, Confined]
    """By source."""

    volumes: Callable[[], Volumes]
    """Gives the series as grids: made when somebody asks first."""


@contextmanager
def confinement(
    dataset: "Dataset", sources: Sequence[Source], catalogue: Catalogue, runner: Callable[[], Runner] | None
) -> Iterator[Confinement]:
    """Give what reads the claims of each source in workers. What they read is mapped: use it inside the context."""
    with tempfile.TemporaryDirectory(prefix="labelport-annotations-") as place:
        scratch = Path(place)
        index = park_index(catalogue.index, scratch)

        @cache
        def planes() -> Path:
            return park_planes(catalogue.media, catalogue.series, scratch)

        @cache
        def volumes() -> Volumes:
            return opened_volumes(planes(), dataset.key)

        lookups = Lookups(index, planes, dataset.settings.privacy.key_env)
        workers = (runner or LocalRunner)()
        try:
            reads = {}
            for source in sources:
                bucket, one_file = _place(dataset, source)
                files = []
                for number, body in enumerate(catalogue.manifests.get(source.name, ())):
                    files.append(scratch / f"{source.name}-{number}.csv")
                    files[-1].write_bytes(body)
                reads[source.name] = Confined(
                    workers, source, bucket, one_file is not None, replace(lookups, manifests=files), scratch
                )
            yield Confinement(reads, volumes)
        finally:
            workers.close()


def _place(dataset: "Dataset", source: Source) -> tuple[Bucket, str | None]:
    return (dataset.bucket, None) if source.name == BUCKET else place_of(source.uri, dataset.connection)
