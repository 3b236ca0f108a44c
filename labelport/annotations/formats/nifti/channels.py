"""Which axis of a volume holds the channels of its classes, and how its planes follow each other in the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from labelport.annotations.formats.nifti.inflating import Bytes
from labelport.annotations.said import Said
from labelport.geometry.affines import Shape

LAST = 3


@dataclass(frozen=True)
class Order:
    """How the voxels of a volume follow each other: four axes, the first one runs fastest."""

    sizes: tuple[int, int, int, int]

    channel: int
    """Axis of the classes, 0 to 3; a class-index volume has one channel as its last axis."""

    @property
    def space(self) -> Shape:
        """Return how many voxels there are along x, y and z."""
        x, y, z = (size for axis, size in enumerate(self.sizes) if axis != self.channel)
        return x, y, z

    @property
    def channels(self) -> int:
        """Return how many channels there are."""
        return self.sizes[self.channel]

    @property
    def block(self) -> int:
        """Return how many voxels are held at once: a plane, of all channels where these do not run slowest."""
        x, y, third, _ = self.sizes
        return x * y * (1 if self.channel == LAST else third)

    def planes(self, voxels: Bytes, dtype: np.dtype[Any]) -> Iterator[tuple[int, int, np.ndarray[Any, Any]]]:
        """Yield channel, plane (z) and voxels of shape (y, x), one plane at a time; raises as ``Bytes.take``."""
        x, y, third, fourth = self.sizes
        for slow in range(fourth):
            if self.channel == LAST:
                for z in range(third):
                    yield slow, z, np.frombuffer(voxels.take(x * y * dtype.itemsize), dtype).reshape(y, x)
                continue
            block = np.frombuffer(voxels.take(self.block * dtype.itemsize), dtype).reshape(third, y, x)
            for channel in range(self.channels):
                yield channel, slow, block.take(channel, axis=2 - self.channel)


def layout_of(dims: tuple[int, ...]) -> Literal["onehot", "index"]:
    """Return the layout that a header says: more than three axes, but for those of size 1 at the end, are channels."""
    return "index" if len(_short(dims, 3)) == 3 else "onehot"


def order_of_index(dims: tuple[int, ...], file: str, said: Said) -> Order | None:
    """Return the order of a class-index volume; null with ``nifti.channel_count`` where it has channels."""
    sizes = _short(dims, 3)
    if len(sizes) > 3:
        words = "a class-index volume has three axes, and this one has more; one-hot volumes are `nifti_onehot`"
        said.say("nifti.channel_count", file, "dim", words, value=list(dims))
        return None
    return Order((sizes[0], sizes[1], sizes[2], 1), LAST)


@dataclass(frozen=True)
class Wanted:
    """What is known of the channels of a one-hot volume beside its header."""

    labels: int
    """How many classes there are."""

    axis: Literal["auto"] | int = "auto"
    """Option ``channel_axis``."""

    is_of_image: Callable[[Shape], bool] | None = None
    """Says of three sizes whether they can be the image's; null: the image is not known."""


def order_of_onehot(dims: tuple[int, ...], wanted: Wanted, file: str, said: Said) -> Order | None:
    """Return the order of a one-hot volume, or null with a finding.

    ``auto`` takes the last or the first axis, whichever is as long as there are labels while the other three are those
    of the image. Findings: ``nifti.channel_count``, ``nifti.channel_axis_ambiguous``, ``nifti.channel_axis`` where the
    first axis was taken.
    """
    labels, axis, is_of_image = wanted.labels, wanted.axis, wanted.is_of_image
    sizes = _short(dims, 4)
    if len(sizes) == 5 and sizes[3] == 1:  # x, y, z, 1, c: a vector a voxel
        sizes = (*sizes[:3], sizes[4])
        axis = LAST if axis == 4 else axis
    if len(sizes) != 4:
        said.say("nifti.channel_count", file, "dim", "more than one axis may hold the channels", value=list(dims))
        return None
    four = (sizes[0], sizes[1], sizes[2], sizes[3])
    candidates = [Order(four, LAST), Order(four, 0)]
    if axis != "auto":
        candidates = [Order(four, int(axis))] if 0 <= int(axis) <= LAST else []
    fitting = [each for each in candidates if each.channels == labels]
    if not fitting:
        found = " or ".join(str(each.channels) for each in candidates) or "no"
        said.say("nifti.channel_count", file, "dim", f"{found} channels for {labels} labels", value=list(dims))
        return None
    # Where none is of the image, its grid is another one: that is said when both are compared.
    chosen = [each for each in fitting if is_of_image is None or is_of_image(each.space)] or fitting[:1]
    if len(chosen) > 1:
        words = f"the first axis and the last one both have {labels} voxels, as there are labels"
        said.say("nifti.channel_axis_ambiguous", file, "dim", words, value=list(dims))
        return None
    if axis == "auto" and chosen[0].channel != LAST:
        words = "the first axis was taken for that of the channels: it has as many voxels as there are labels"
        said.say("nifti.channel_axis", file, "dim", words, value=list(dims))
    return chosen[0]


def _short(dims: tuple[int, ...], least: int) -> tuple[int, ...]:
    """Return sizes without those of 1 at the end, but at least so many."""
    sizes = list(dims) + [1] * (least - len(dims))
    while len(sizes) > least and sizes[-1] == 1:
        sizes.pop()
    return tuple(sizes)
