"""Some annotations of an export, with what they need of the set."""

from dataclasses import dataclass

import pyarrow as pa

from labelport.annotations.formats.coco.sources_of_rows import Origins
from labelport.annotations.formats.coco.values import Floats


@dataclass(frozen=True)
class Block:
    """Some rows of the table, with what they need."""

    table: pa.Table
    origins: Origins
    boxes: Floats
    """x0, y0, x1, y1 in pixels."""

    sizes: Floats
    """Width and height of each row's image, NaN where unknown."""

    ids: pa.BinaryArray
    images: pa.BinaryArray
    """Id of each row's image."""

    categories: pa.BinaryArray
    """Id of each row's category, ``null`` where it has none."""
