"""Which images get a file, for formats of one file an image."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import WriteContext
from labelport.annotations.said import Said
from labelport.annotations.writing import files_of_images

Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class ImageFiles:
    """The files of an export in the order of the images. Images of one name are one image, and share a file."""

    names: list[str]
    images: Ints
    """The first image row of each file."""

    of_image: Ints
    """Number of the file of each image row, -1 where it has none."""

    def order_of(self, given: AnnotationSet, rows: Flags) -> tuple[Ints, Ints]:
        """Return (order, starts): of ``rows``, ``order[starts[i]:starts[i + 1]]`` are written in file ``i``."""
        of_row = self.of_image[given.annotations.column("image_id").to_numpy()]
        of_row = np.where(rows, of_row, -1)
        order = np.argsort(of_row, kind="stable")
        return order, np.searchsorted(of_row[order], np.arange(len(self.names) + 1))


def image_files(
    given: AnnotationSet,
    names: Sequence[str],
    ending: str,
    rows: Flags,
    context: WriteContext,
    *,
    unwritable: Callable[[str], bool] | None = None,
) -> ImageFiles:
    """Choose the images that get a file: those with a row that can be written, and negative ones.

    ``rows``: which annotations can be written. An image without a file is one that nobody looked at, so that a
    labelled image of which nothing can be written gets none: it would be an example of an empty one. Whatever else
    is left out is told. Raises ``writing.Collision`` where two names would get one file.
    """
    states = given.images.column("state").cast(pa.string()).to_pylist()
    with_rows = np.zeros(given.images.num_rows, np.bool_)
    with_rows[given.annotations.column("image_id").to_numpy()[rows]] = True
    skip = context.options.empty_images == "skip"
    numbers: dict[str, int] = {}
    images: list[int] = []
    of_image = np.full(len(names), -1, np.int64)
    left = {"loss.kind": 0, "loss.negative_images": 0, "loss.characters": 0}
    paths = files_of_images(names, ending, context.said)
    for image, (name, path, state, has) in enumerate(zip(names, paths, states, with_rows.tolist(), strict=True)):
        if path is None or (state == "unlabelled" and not has):
            continue
        if not has and (skip or state != "negative"):
            left["loss.negative_images" if state == "negative" else "loss.kind"] += 1
        elif unwritable is not None and unwritable(name):
            left["loss.characters"] += 1
        else:
            of_image[image] = numbers.setdefault(path, len(images))
            if of_image[image] == len(images):
                images.append(image)
    _tell(left, context.said)
    return ImageFiles(list(numbers), np.array(images, np.int64), of_image)


def _tell(left: dict[str, int], said: Said) -> None:
    for code, words in (
        ("loss.kind", "images whose annotations all cannot be written are left out: they are not empty"),
        ("loss.negative_images", "images without annotations are left out, as the settings say"),
        ("loss.characters", "images whose names XML cannot hold are left out"),
    ):
        if left[code]:
            said.say(code, "", "images", words, count=left[code])
