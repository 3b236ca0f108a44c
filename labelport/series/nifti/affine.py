"""What the affine of a NIfTI volume says, and whether it can be so (nifti1.h, methods 1 to 3)."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.float64]]

AXES = ("x", "y", "z", "t", "u", "v", "w")
"""Names of the dimensions of a volume."""

FLAT = 1e-4
"""Axes whose unit vectors span less than this part of a cube span no volume. A guess: real ones are near 1."""

SHEARED = 1e-3
"""Cosine between two axes above which they are not at right angles, 0.06 degrees: float32 gives 1e-7."""

SIZE_DIFFERS = 1e-3
"""Part by which two voxel sizes differ: writers round differently."""

SAME_PLACE = 0.01
"""Voxels that the corners of two volumes in one place may lie apart."""

MILLIMETRES = {"unit_metre": 1e3, "unit_micron": 1e-3}
"""Millimetres of the unit that a flag of the probe names; no flag: millimetres, or a unit that is not said."""

_ENDS = ("LR", "PA", "IS")


class Fault(NamedTuple):
    """Something odd about a volume."""

    code: str
    words: str
    value: str | None = None

    @property
    def flag(self) -> str:
        """Return the flag of the series: the last word of the code."""
        return self.code.rpartition(".")[2]


_NOWHERE = Fault("nifti.affine_not_finite", "Its affine holds numbers that are not finite: its place is not known.")


@dataclass(frozen=True)
class Placement:
    """Where the voxels of a volume lie, as far as its header says so."""

    sizes: tuple[float, ...] = ()
    """Voxel sizes along x, y, z in the header's unit."""

    orientation: str | None = None
    """The patient's side that each axis runs to, as ``RAS``; null where nothing says it."""

    faults: tuple[Fault, ...] = ()


def placement_of(volume: dict[str, Any], *, oriented: bool) -> Placement:
    """Return what the header of a volume says of its place; ``oriented``: by an sform or a qform.

    Only axes of more than one voxel are judged: of a single slice many writers say no thickness.
    """
    dims = list(volume["dims"] or ())
    spatial = min(3, len(dims))
    stated = list(volume["pixdim"] or ())[:spatial]
    if volume["affine"] is None:
        return Placement(_sizes(stated), None, (_NOWHERE,))
    axes = np.reshape(np.array(volume["affine"], float), (4, 4))[:3, :spatial]
    scale = float(np.abs(axes).max(initial=0.0)) or 1.0  # squares of 1e200 are no numbers
    with np.errstate(over="ignore"):
        norms = scale * np.linalg.norm(axes / scale, axis=0)
    if not np.isfinite(norms).all():
        return Placement(_sizes(stated), None, (_NOWHERE,))
    judged = [axis for axis in range(spatial) if dims[axis] > 1]
    flat = _flat(axes, norms, judged)
    if flat:
        return Placement(_sizes(stated), None, (flat,))
    if not oriented:
        return Placement(_sizes(norms))
    faults = [*_sheared(axes, norms, judged), *_other_sizes(norms, stated, judged)]
    return Placement(_sizes(norms), _orientation(axes, norms), tuple(faults))


def same_place(one: Sequence[float] | None, two: Sequence[float] | None, dims: Sequence[int]) -> bool:
    """Return whether two affines put the corners of a volume of ``dims`` in the same places, within ``SAME_PLACE``."""
    if one is None or two is None or len(one) != 16 or len(two) != 16:
        return False
    a, b = (np.reshape(np.array(affine, float), (4, 4)) for affine in (one, two))
    ends = [(-0.5, size - 0.5) for size in [*dims, 1, 1, 1][:3]]
    corners = np.array([(*corner, 1.0) for corner in itertools.product(*ends)])
    with np.errstate(over="ignore", invalid="ignore"):  # numbers without end are nowhere the same
        apart = np.linalg.norm((corners @ (a - b).T)[:, :3], axis=1).max()
        sizes = [size for size in np.linalg.norm(a[:3, :3], axis=0) if size > 0]
    return bool(apart <= SAME_PLACE * min(sizes, default=0.0) < math.inf)


def shown_sizes(sizes: Sequence[float], unit: float = 1.0) -> str:
    """Return voxel sizes as ``1.5 x 2 x 3``; five digits, since headers have float32."""
    return " x ".join(f"{size * unit:.5g}" for size in sizes)


def _sizes(numbers: Sequence[float | None] | Matrix) -> tuple[float, ...]:
    """Return the sizes where all are known and above 0; else none."""
    sizes = tuple(abs(float(number)) for number in numbers if number is not None)
    return sizes if len(sizes) == len(numbers) and all(size > 0 for size in sizes) else ()


def _flat(axes: Matrix, norms: Matrix, judged: Sequence[int]) -> Fault | None:
    """Return the fault of axes that have no extent, or lie in one plane or line."""
    code = "nifti.affine_singular"
    none = [AXES[axis] for axis in judged if not norms[axis] > 0]
    if none:
        return Fault(
            code, f"By its header, voxels have no extent along {', '.join(none)}.", shown_sizes(norms.tolist())
        )
    units = axes[:, judged] / norms[judged]
    span = math.sqrt(max(0.0, float(np.linalg.det(units.T @ units)))) if judged else 1.0
    if span > FLAT:
        return None
    return Fault(code, "Its affine is singular: the axes span no volume.", f"{span:.2g} of a cube")


def _sheared(axes: Matrix, norms: Matrix, judged: Sequence[int]) -> list[Fault]:
    units = axes / np.where(norms > 0, norms, 1.0)
    pairs = list(itertools.combinations(judged, 2))
    cosines = [float(units[:, a] @ units[:, b]) for a, b in pairs]
    worst = max(range(len(pairs)), key=lambda place: abs(cosines[place]), default=None)
    if worst is None or abs(cosines[worst]) <= SHEARED:
        return []
    named = " and ".join(AXES[axis] for axis in pairs[worst])
    angle = f"{math.degrees(math.acos(max(-1.0, min(1.0, cosines[worst])))):.2f}"
    words = f"By its affine, the axes {named} meet at {angle} degrees: many tools take them for 90."
    return [Fault("nifti.affine_sheared", words, f"{named}: {angle}")]


def _other_sizes(norms: Matrix, stated: Sequence[float | None], judged: Sequence[int]) -> list[Fault]:
    pairs = [(float(norms[axis]), stated[axis]) for axis in judged if axis < len(stated)]
    if not any(other is not None and abs(size - abs(other)) > SIZE_DIFFERS * size for size, other in pairs):
        return []
    by_affine = shown_sizes(norms.tolist())
    by_header = " x ".join("?" if size is None else f"{abs(size):.5g}" for size in stated)
    words = f"Voxels are {by_affine} by the affine, and {by_header} by pixdim; the affine counts."
    return [Fault("nifti.voxel_size_differs", words, f"{by_affine}; {by_header}")]


def _orientation(axes: Matrix, norms: Matrix) -> str | None:
    """Return the side that each axis runs to: by the rotation nearest to the affine (its polar factor).

    The axis that is nearest to a side chooses first, as in nibabel's ``aff2axcodes``.
    """
    if not norms.all():
        return None
    left, _, right = np.linalg.svd(axes / norms, full_matrices=False)
    rotation = left @ right
    named: dict[int, str] = {}
    free = [0, 1, 2]
    for axis in np.argsort(-np.abs(rotation).max(axis=0), kind="stable").tolist():
        side = max(free, key=lambda row: abs(float(rotation[row, axis])))
        free.remove(side)
        named[axis] = _ENDS[side][int(rotation[side, axis] >= 0)]
    return "".join(named[axis] for axis in sorted(named))
