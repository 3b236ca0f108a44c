"""The workers that read annotation files in a run of the stage."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from labelport.annotations.confined import Confined, park_index
from labelport.annotations.gathering import Source
from labelport.annotations.sources import place_of
from labelport.runners.contract import Runner
from labelport.runners.local import LocalRunner

if TYPE_CHECKING:
    from labelport.dataset import Dataset


@contextmanager
def confinement(
    dataset: "Dataset",
    sources: Sequence[Source],
    index: pa.Table,
    manifests: Mapping[str, Sequence[bytes]],
    runner: Callable[[], Runner] | None,
) -> Iterator[dict[str, Confined]]:
    """Give what reads the claims of each source in workers. What they read is mapped: use it inside the context."""
    with tempfile.TemporaryDirectory(prefix="labelport-annotations-") as place:
        scratch = Path(place)
        workers = (runner or LocalRunner)()
        try:
            reads = {}
            for source in sources:
                bucket, one_file = place_of(source.uri, dataset.connection)
                files = []
                for number, body in enumerate(manifests.get(source.name, ())):
                    files.append(scratch / f"{source.name}-{number}.csv")
                    files[-1].write_bytes(body)
                reads[source.name] = Confined(
                    workers, source, bucket, one_file is not None, park_index(index, scratch), files, scratch
                )
            yield reads
        finally:
            workers.close()
