import gzip
import io

import nibabel as nib
import numpy as np
import pydicom

from labelport.demo.volumes import nifti, stack


def test_names_and_instance_numbers_do_not_tell_the_order_but_positions_do() -> None:
    slices = [pydicom.dcmread(io.BytesIO(body)) for _, body in sorted(stack())]
    assert len({str(one.SeriesInstanceUID) for one in slices}) == 1
    heights = [float(one.ImagePositionPatient[2]) for one in slices]
    assert heights != sorted(heights)
    assert np.diff(sorted(heights)).tolist() == [5.0] * 11
    by_number = sorted(slices, key=lambda one: int(one.InstanceNumber))
    assert [float(one.ImagePositionPatient[2]) for one in by_number] == sorted(heights, reverse=True)
    assert slices[0].pixel_array.shape == (128, 128)


def test_the_labels_lie_on_the_volume() -> None:
    volumes = {}
    for key, body in nifti():
        volumes[key] = nib.Nifti1Image.from_bytes(gzip.decompress(body))
    image, labels = volumes["nifti/chest.nii.gz"], volumes["nifti/chest_seg.nii.gz"]
    assert image.shape == labels.shape == (64, 64, 24)
    assert np.array_equal(image.affine, labels.affine)
    lungs = np.asarray(labels.dataobj) == 1
    assert 0.02 < lungs.mean() < 0.3
    assert np.asarray(image.dataobj)[lungs].max() < -700
