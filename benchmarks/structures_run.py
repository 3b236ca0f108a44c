"""Ours and the floor on one task in a fresh process: ``python -m benchmarks.structures_run TASK STRUCTURES SERIES OUT``.

masks: the structure set, the headers of its series, and the mask of every structure, as the boxes that are kept; check:
digests of the whole volumes too, and their bits below OUT; dense: whole volumes, one structure after the other; nifti: a one-hot volume written
below OUT; floor: the bytes read and their numbers parsed, nothing drawn.
Prints JSON: CPU and wall seconds of each part, imports left out.
"""

import hashlib
import json
import re
import struct
import sys
import time
from pathlib import Path

import numpy as np

HEAD = 16 << 10
_CONTOUR = re.compile(rb"\x06\x30\x50\x00DS(..)", re.DOTALL)


class Marks:
    """CPU and wall seconds of each part."""

    def __init__(self) -> None:
        self.parts: dict[str, tuple[float, float]] = {}
        self._last = (time.process_time(), time.perf_counter())

    def part(self, name: str) -> None:
        """End a part."""
        now = (time.process_time(), time.perf_counter())
        self.parts[name] = (now[0] - self._last[0], now[1] - self._last[1])
        self._last = now


def main() -> None:
    """Do the task."""
    task, *paths = sys.argv[1:]
    structures, series, out = map(Path, paths)
    if task == "floor":
        marks = Marks()
        _floor(structures, series)
        marks.part("numbers")
        digests: dict[str, str] = {}
    else:
        marks, digests = _ours(task, structures, series, out)
    print(json.dumps({"parts": marks.parts, "digests": digests}))


def _ours(task: str, structures: Path, series: Path, out: Path) -> tuple[Marks, dict[str, str]]:
    from labelport.light import let_pyarrow_do_without_pandas  # noqa: PLC0415  -- the floor needs none of it

    let_pyarrow_do_without_pandas()
    import pydicom.charset  # noqa: F401, PLC0415  -- asked for with the first name of a structure: 0.25 s, once a worker

    from benchmarks import structures_ours  # noqa: PLC0415
    from labelport.annotations.formats.rtstruct.options import StructureOptions  # noqa: PLC0415
    from labelport.annotations.formats.rtstruct.structure_set import read_structure_set  # noqa: PLC0415
    from labelport.annotations.said import Said  # noqa: PLC0415
    from labelport.annotations.volumes.known_volumes import known_volumes  # noqa: PLC0415

    marks = Marks()
    image = structures_ours.series_of(series)
    marks.part("images")
    said, volumes = Said(), known_volumes([image])
    body = structures.read_bytes()
    found = read_structure_set(body, structures.name, volumes, StructureOptions(), said)
    marks.part("structure set and masks")
    if found is None or len(found.labelled) != 1:
        raise ValueError(f"it was not read: {[each.code for each in said.findings()]}")
    digests = {}
    columns, rows, planes = image.shape
    if task in ("dense", "check"):
        for one in found.labelled[0].structures:
            volume = np.zeros((planes, rows, columns), np.uint8)
            for plane, patch in one.patches.items():
                height, width = patch.mask.shape
                volume[plane, patch.top : patch.top + height, patch.left : patch.left + width] = patch.mask
            if task == "check":
                digests[one.name] = hashlib.sha256(volume.tobytes()).hexdigest()
                (out / f"{one.name}.bits").write_bytes(np.packbits(volume).tobytes())
        marks.part("whole volumes")
    elif task == "nifti":
        structures_ours.write_onehot(found, volumes, out)
        marks.part("NIfTI")
    return marks, digests


def _floor(structures: Path, series: Path) -> None:
    """Read the headers and every number of every contour."""
    for path in series.iterdir():
        with path.open("rb") as file:
            file.read(HEAD)
    body = structures.read_bytes()
    at = 0
    while found := _CONTOUR.search(body, at):
        length = struct.unpack("<H", found[1])[0]
        at = found.end() + length
        np.array(body[found.end() : at].split(b"\\"), np.float64).reshape(-1, 3)


if __name__ == "__main__":
    main()
