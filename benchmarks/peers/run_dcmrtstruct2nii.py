"""dcmrtstruct2nii on one task: ``run_dcmrtstruct2nii.py masks|check|nifti STRUCTURES SERIES OUT``; prints JSON.

masks: its own steps without writing, by their CPU and wall seconds; check: digests of its masks too; nifti: its one call.
"""

import hashlib
import json
import sys
import time
from itertools import pairwise

from dcmrtstruct2nii import dcmrtstruct2nii  # type: ignore[import-not-found]  # in its own environment
from dcmrtstruct2nii.adapters.convert.rtstructcontour2mask import DcmPatientCoords2Mask  # type: ignore[import-not-found]
from dcmrtstruct2nii.adapters.input.contours.rtstructinputadapter import RtStructInputAdapter  # type: ignore[import-not-found]
from dcmrtstruct2nii.adapters.input.image.dcminputadapter import DcmInputAdapter  # type: ignore[import-not-found]
from SimpleITK import GetArrayViewFromImage  # type: ignore[import-not-found]

task, structures, series, out = sys.argv[1:]
marks: list[tuple[str, float, float]] = []


def mark(name: str) -> None:
    """End a part."""
    marks.append((name, time.process_time(), time.perf_counter()))


mark("start")
masks = {}
if task == "nifti":
    dcmrtstruct2nii(structures, series, out, mask_foreground_value=1, convert_original_dicom=False)
    mark("all")
else:
    found = RtStructInputAdapter().ingest(structures)
    mark("structure set")
    image = DcmInputAdapter().ingest(series)
    mark("images")
    convert = DcmPatientCoords2Mask().convert
    masks = {one["name"]: convert(one["sequence"], image, 0, 1) for one in found}
    mark("masks")
parts = {
    name: [cpu - cpu_before, wall - wall_before] for (_, cpu_before, wall_before), (name, cpu, wall) in pairwise(marks)
}
digests = {}
if task == "check":
    digests = {name: hashlib.sha256(GetArrayViewFromImage(mask).tobytes()).hexdigest() for name, mask in masks.items()}
print(json.dumps({"parts": parts, "digests": digests}))
