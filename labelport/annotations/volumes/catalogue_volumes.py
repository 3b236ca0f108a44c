"""The image volumes of a dataset's catalogue."""

import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import KnownVolumes
from labelport.annotations.volumes.planes import PLANES, VOLUMES, park_planes
from labelport.catalogue.stage import Stage
from labelport.geometry.stacks import Floats, GeometryFault, Stack
from labelport.manifests.reading import Tables

if TYPE_CHECKING:
    from labelport.dataset import Dataset

HELD = 4
"""Volumes that are kept after they were asked for: readers ask for the same one several times."""


class ParkedShelf:
    """Makes image volumes out of the files of ``planes.py``, each when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.planes = _mapped(folder / PLANES)
        volumes = _mapped(folder / VOLUMES)
        made = lru_cache(maxsize=HELD)(lambda number: self._made(self.rows[number]))
        self.rows: list[dict[str, Any]] = [row for row in volumes.to_pylist() if _places_pixels(row)]
        self._volume = made

    def __getitem__(self, number: int) -> ImageVolume:
        """Return the volume of a number."""
        return self._volume(number)

    def _made(self, row: Mapping[str, Any]) -> ImageVolume:
        planes = self.planes.slice(row["first"], row["planes"])
        affine: Floats | None
        if row["kind"] == "nifti":
            given = np.array(row["affine"], np.float64).reshape(4, 4)
            stack, affine = Stack.of_affine(given, (row["columns"], row["rows"], row["planes"])), given
        else:
            stack = _dicom_stack(planes, row)
            affine = stack.affine()
        return ImageVolume(
            row["series_id"],
            row["kind"],
            stack,
            affine,
            planes.column("key").to_pylist(),
            planes.column("frame").to_pylist(),
            planes.column("item").to_pylist(),
            planes.column("sop_uid").to_pylist(),
            row["study_uid"],
            row["series_uid"],
            row["frame_of_reference_uid"],
            oriented=row["oriented"],
            times=row["times"],
        )


class KeyIndex(Mapping[str, Sequence[int]]):
    """Numbers of volumes by the keys of their planes: sorted once, when somebody asks."""

    def __init__(self, planes: pa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        self._planes = planes
        self._starts = [row["first"] for row in rows]
        self._ends = [row["first"] + row["planes"] for row in rows]
        self._order: Any = None
        self._keys: Any = None

    def __getitem__(self, key: str) -> Sequence[int]:
        """Return the numbers of the volumes of an object; raises ``KeyError``."""
        if self._keys is None:
            column = self._planes.column("key").combine_chunks()
            self._order = pc.sort_indices(column)
            self._keys = column.take(self._order)
        at = bisect_left(range(len(self._keys)), key.encode(), key=lambda row: self._keys[row].as_py().encode())
        found = []
        while at < len(self._keys) and self._keys[at].as_py() == key:
            found.append(self._volume_of(self._order[at].as_py()))
            at += 1
        if not found:
            raise KeyError(key)
        return sorted({number for number in found if number is not None})

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(dict.fromkeys(self._planes.column("key").to_pylist()))

    def __len__(self) -> int:
        """Return how many planes there are."""
        return int(self._planes.num_rows)

    def _volume_of(self, plane: int) -> int | None:
        number = bisect_left(self._ends, plane + 1)
        return number if number < len(self._starts) and plane >= self._starts[number] else None


def opened_volumes(folder: Path, key: bytes | None) -> KnownVolumes:
    """Return the volumes that ``planes.park_planes`` wrote; ``key``: the project's, under which UIDs are hashed."""
    shelf = ParkedShelf(folder)
    by_study: dict[str, list[str]] = {}
    indexes: dict[str, dict[str, list[int]]] = {"series_uid": {}, "frame_of_reference_uid": {}, "folder": {}}
    for number, row in enumerate(shelf.rows):
        if row["study_uid"]:
            by_study.setdefault(row["study_uid"], []).append(row["series_id"])
        for name, index in indexes.items():
            if row[name] is not None:
                index.setdefault(row[name], []).append(number)
    return KnownVolumes(
        shelf,
        by_id={row["series_id"]: number for number, row in enumerate(shelf.rows)},
        by_key=KeyIndex(shelf.planes, shelf.rows),
        by_series_uid=indexes["series_uid"],
        by_frame_of_reference=indexes["frame_of_reference_uid"],
        by_study=by_study,
        by_folder=indexes["folder"],
        key=key,
    )


@contextmanager
def volumes_from(media: Tables, series: Tables, key: bytes | None) -> Iterator[KnownVolumes]:
    """Give the volumes of two generations; they are read from files of this context."""
    with tempfile.TemporaryDirectory(prefix="labelport-volumes-") as place:
        yield opened_volumes(park_planes(media, series, Path(place)), key)


@contextmanager
def volumes_of(dataset: "Dataset") -> Iterator[KnownVolumes]:
    """Give the volumes of a dataset as they are published; raises ``StageAbsent``."""
    media, series = (
        Stage(dataset.publish, name, dataset=dataset.name).require() for name in ("media_metadata", "series")
    )
    with volumes_from(media, series, dataset.key) as volumes:
        yield volumes


def _mapped(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as opened:
        return opened.read_all()


def _dicom_stack(planes: pa.Table, row: Mapping[str, Any]) -> Stack:
    origins = np.column_stack([planes.column(name).to_numpy() for name in ("x", "y", "z")])
    iop = np.array(row["iop"], np.float64)
    return Stack(origins, iop[:3], iop[3:], row["row_mm"], row["column_mm"], rows=row["rows"], columns=row["columns"])


def _places_pixels(row: Mapping[str, Any]) -> bool:
    """Return whether numbers of a volume's row place pixels: a stack of one plane with them can be made."""
    try:
        if row["kind"] == "nifti":
            Stack.of_affine(np.array(row["affine"], np.float64).reshape(4, 4), (row["columns"], row["rows"], 1))
        else:
            iop = np.array(row["iop"], np.float64)
            Stack(np.zeros((1, 3)), iop[:3], iop[3:], row["row_mm"], row["column_mm"], row["rows"], row["columns"])
    except (GeometryFault, ValueError):
        return False
    return True
