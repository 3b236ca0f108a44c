import io
from importlib import resources

import pydicom

from labelport.demo.real import real_files


def test_the_real_files_come_out_of_the_installed_packages() -> None:
    files = dict(real_files())
    ct = resources.files("pydicom").joinpath("data/test_files/CT_small.dcm").read_bytes()
    assert files["dicom/ct/small.dcm"] == ct
    assert {key.split("/")[0] for key in files} == {"dicom", "nifti"}


def test_there_are_slices_a_cine_colour_and_ultrasound() -> None:
    headers = {
        key: pydicom.dcmread(io.BytesIO(body), stop_before_pixels=True)
        for key, body in real_files()
        if key.startswith("dicom/") and not key.startswith("dicom/other")
    }
    assert {"CT", "MR", "US", "CR"} <= {header.Modality for header in headers.values()}
    assert any(header.get("NumberOfFrames", 1) > 1 for header in headers.values())
    assert any(header.get("SamplesPerPixel") == 3 for header in headers.values())
    assert any("." not in key.rsplit("/", 1)[-1] for key in headers)  # as scanners write them
