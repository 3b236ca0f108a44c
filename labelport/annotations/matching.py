"""Names of annotation files led to the dataset's images."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.places import Places
from labelport.annotations.said import Said
from labelport.options import AnnotationOptions


class Matcher:
    """Leads names to rows of an index of images (``places.PLACE_SCHEMA``)."""

    def __init__(self, index: pa.Table, options: AnnotationOptions, said: Said) -> None:
        self.index = index
        self._options = options
        self._said = said

    def __call__(
        self,
        names: Sequence[str],
        at: Callable[[int], tuple[str, str]],
        alternatives: Sequence[Sequence[str]] = (),
    ) -> Places:
        """Return the places of names; ``at`` gives (file, pointer) of a name for findings."""
        found = pc.index_in(pa.array(list(names), pa.string()), self.index.column("key").combine_chunks())
        return Places(np.asarray(pc.fill_null(found, -1)).astype(np.int64), self.index)
