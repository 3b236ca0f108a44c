"""Real DICOM and NIfTI that ship inside the installed pydicom and nibabel; nothing is downloaded.

A file that another version of them does not bring is left out.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_PYDICOM = {
    "dicom/ct/small.dcm": "CT_small.dcm",
    "dicom/mr/small.dcm": "MR_small.dcm",
    "dicom/mr/overlay.dcm": "examples_overlay.dcm",
    "dicom/ultrasound/cine_30_frames.dcm": "examples_ybr_color.dcm",
    "dicom/ultrasound/rgb.dcm": "examples_rgb_color.dcm",
    "dicom/ultrasound/palette.dcm": "examples_palette.dcm",
    "dicom/ultrasound/big_endian.dcm": "ExplVR_BigEnd.dcm",
    "dicom/colour/rgb_rle_2_frames.dcm": "SC_rgb_rle_2frame.dcm",
    "dicom/colour/ybr_full_422.dcm": "SC_ybr_full_422_uncompressed.dcm",
    "dicom/syntaxes/deflated.dcm": "image_dfl.dcm",
    "dicom/syntaxes/implicit.dcm": "rtdose.dcm",
    "dicom/other/report.dcm": "reportsi.dcm",
    "dicom/other/ecg_without_picture.dcm": "waveform_ecg.dcm",
    # These have no extension, as scanners write them.
    **{
        f"dicom/head_ct/{name}": f"dicomdirtests/98892001/CT5N/{name}"
        for name in ("2062", "2392", "2693", "3023", "3353")
    },
    **{
        f"dicom/ct_with_gap/{name}": f"dicomdirtests/77654033/CT2/{name}"
        for name in ("17106", "17136", "17166", "17196")
    },
    **{f"dicom/chest_x_ray/{name}": f"dicomdirtests/77654033/{name}" for name in ("CR1/6154", "CR2/6247", "CR3/6278")},
}
"""Key in the bucket: file below pydicom/data/test_files."""

_NIBABEL = {
    "dicom/siemens_mr/0.dcm": "nicom/tests/data/0.dcm",
    "dicom/siemens_mr/1.dcm": "nicom/tests/data/1.dcm",
    "nifti/anatomical.nii": "tests/data/anatomical.nii",
    "nifti/functional_4d.nii": "tests/data/functional.nii",
    "nifti/example_4d.nii.gz": "tests/data/example4d.nii.gz",
    "nifti/version_2.nii.gz": "tests/data/example_nifti2.nii.gz",
}
"""Key in the bucket: file below nibabel."""


def real_files() -> Iterator[tuple[str, bytes]]:
    """Yield the files of both packages that are there."""
    for package, folder, files in (("pydicom", "data/test_files", _PYDICOM), ("nibabel", ".", _NIBABEL)):
        for key, name in files.items():
            path = _folder_of(package) / folder / name
            if path.is_file():
                yield key, path.read_bytes()


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None, f"{package} is a dependency of labelport"
    assert spec.origin is not None, f"{package} is no namespace package"
    return Path(spec.origin).parent
