"""A folder of slices as an image volume by the probe of headers, and structures on it as a one-hot NIfTI volume."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from labelport.annotations.detecting import formats
from labelport.annotations.outputs import FolderOutput
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.writing import Grids, write_annotations
from labelport.geometry.stacks import Stack
from labelport.probing.contract import ProbeContext
from labelport.probing.dicom import PROBE


def series_of(folder: Path) -> ImageVolume:
    """Return the volume of a folder that holds one series, from its headers alone."""
    found = [(path.name, _header(path)) for path in sorted(folder.iterdir())]
    first = found[0][1]
    directions = np.array(first["iop"], np.float64).reshape(2, 3)
    places = np.array([header["ipp"] for _, header in found], np.float64)
    order = np.argsort(places @ np.cross(*directions)).tolist()
    stack = Stack(
        places[order],
        directions[0],
        directions[1],
        float(first["pixel_spacing"][0]),
        float(first["pixel_spacing"][1]),
        rows=int(first["rows"]),
        columns=int(first["columns"]),
    )
    return ImageVolume(
        "dicom-made",
        "dicom",
        stack,
        stack.affine(),
        [f"ct/{found[each][0]}" for each in order],
        [None] * len(found),
        list(range(len(found))),
        [found[each][1]["sop_uid"] for each in order],
        first["study_uid"],
        first["series_uid"],
        first["frame_of_reference_uid"],
    )


def _header(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:

        def read(start: int, length: int) -> bytes:
            return os.pread(file.fileno(), length, start)

        head = read(0, PROBE.limits.head_bytes)
        row = PROBE.probe(head, os.fstat(file.fileno()).st_size, read, PROBE.limits, ProbeContext(path.name))
    return dict(row["dicom"])


def write_onehot(file: VolumeFile, volumes: Volumes, folder: Path) -> None:
    """Write the rows of a file as ``nifti_onehot``."""
    with FolderOutput(folder) as output:
        write_annotations(annotation_set([file]), formats()["nifti_onehot"], output, grids=Grids(volumes=volumes))
