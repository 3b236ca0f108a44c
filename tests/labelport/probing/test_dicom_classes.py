"""What DICOM objects are: every storage class of the standard, by the dictionary of pydicom."""

from collections import Counter

import pytest
from pydicom._uid_dict import UID_dictionary

from labelport.probing.dicom.classes import IMAGES, LINKED, STORAGE, class_of

OTHER_CLASSES = {"rtdose", "rtplan", "waveform", "encapsulated", "other"}
SAID = {
    "": [
        "Raw Data Storage", "Real World Value Mapping Storage", "MR Spectroscopy Storage", "Stereometric Relationship Storage",
        "Standalone Overlay Storage", "Surface Scan Mesh Storage", "Surface Scan Point Cloud Storage", "Inventory Storage",
        "Protocol Approval Storage", "CT Defined Procedure Protocol Storage", "CT Performed Procedure Protocol Storage",
        "XA Defined Procedure Protocol Storage", "XA Performed Procedure Protocol Storage",
    ],
    "wsi": ["VL Whole Slide Microscopy Image Storage", "Confocal Microscopy Tiled Pyramidal Image Storage"],
    "rtstruct": ["RT Structure Set Storage"],
    "rtdose": ["RT Dose Storage"],
    "annotation": [
        "Microscopy Bulk Simple Annotations Storage", "RT Segment Annotation Storage", "Tractography Results Storage",
    ],
    "registration": [
        "Spatial Registration Storage", "Deformable Spatial Registration Storage", "Spatial Fiducials Storage",
    ],
    "segmentation": ["Segmentation Storage", "Surface Segmentation Storage"],
}  # fmt: skip
"""Classes whose names do not tell; the empty one stands for ``other``."""

BY_NAME = {
    "Secondary Capture": "secondary_capture",
    "Presentation State": "presentation",
    "Structured Display": "presentation",
    "VOI LUT": "presentation",
    "Modality LUT": "presentation",
    " SR Storage": "report",
    "Procedure Log": "report",
    "Key Object Selection": "report",
    "Measurements": "report",
    "Report": "report",
    "Assessment": "report",
    "Calculations": "report",
    "Waveform": "waveform",
    "Curve": "waveform",
    "Encapsulated": "encapsulated",
    "Record": "rtplan",
    "Plan Storage": "rtplan",
    "Radiation": "rtplan",
    "Instruction": "rtplan",
    "Physician Intent": "rtplan",
    "Treatment Preparation": "rtplan",
}
"""Words of a name, the first that is in it, and the class."""


def storage_classes() -> dict[str, str]:
    """Return the name of each storage SOP class by its UID."""
    return {
        uid: name
        for uid, (name, kind, *_) in UID_dictionary.items()
        if kind == "SOP Class"
        and uid.startswith(STORAGE)
        and name.removesuffix(" - Trial").split(" - ")[0].endswith("Storage")
    }


def wanted(name: str) -> str | None:
    """Return the class that a name tells; null for images."""
    base = name.removesuffix(" - Trial")
    for found, names in SAID.items():
        if base in names:
            return found or "other"
    if name.startswith("Video "):
        return "cine"
    if "Image Storage" in name and "Secondary" not in name and "Report" not in name:
        return None
    return next((found for word, found in BY_NAME.items() if word in name), None)


def told(uid: str, *, frames: int = 1, has_positions: bool = True) -> str:
    return class_of(uid, has_matrix=True, frames=frames, has_positions=has_positions)


def test_every_storage_class_of_the_standard_is_what_its_name_says() -> None:
    differing = {
        name: told(uid) for uid, name in storage_classes().items() if (wanted(name) or "image") not in told(uid)
    }
    assert differing == {}
    counts = Counter(told(uid) for uid in storage_classes())
    assert set(counts) <= IMAGES | LINKED | OTHER_CLASSES
    assert counts["image_single"] + counts["image_multiframe"] > 50


def test_no_class_without_pixels_is_an_image() -> None:
    images = {
        name for uid, name in storage_classes().items()
        if class_of(uid, has_matrix=False, frames=1, has_positions=False) in ("image_single", "image_multiframe", "cine")
    }  # fmt: skip
    assert images == set()


@pytest.mark.parametrize(
    ("suffix", "frames", "has_positions", "found"),
    [
        ("3.1", 5, False, "cine"),  # ultrasound
        ("3.1", 5, True, "image_multiframe"),
        ("6.1", 1, False, "image_single"),
        ("6.2", 5, True, "image_multiframe"),  # ultrasound volume
        ("12.1", 5, False, "cine"),  # angiography
        ("12.2", 5, False, "cine"),  # fluoroscopy
        ("12.1.1", 5, False, "cine"),  # enhanced angiography
        ("12.1.1", 5, True, "image_multiframe"),
        ("12.1", 1, False, "image_single"),
        ("13.1.3", 40, True, "image_multiframe"),  # breast tomosynthesis
        ("77.1.5.4", 25, True, "image_multiframe"),  # optical coherence tomography of the eye
        ("14.1", 300, False, "image_multiframe"),  # of vessels
        ("20", 60, False, "image_multiframe"),  # nuclear medicine
        ("128", 1, True, "image_single"),  # positron emission
        ("130", 90, True, "image_multiframe"),
        ("30", 20, True, "image_multiframe"),  # parametric map
        ("6.3", 9, True, "image_multiframe"),  # photoacoustic
        ("77.1.4", 1, False, "image_single"),  # photograph
        ("77.1.4.1", 900, False, "cine"),  # video
        ("77.1.1.1", 1, False, "cine"),
        ("7.4", 9, False, "secondary_capture"),
        ("481.1", 1, False, "image_single"),  # portal image
        ("99.9", 1, False, "image_single"),  # unknown, with a matrix
    ],
)
def test_images_are_told_by_frames_and_places(suffix: str, frames: int, has_positions: bool, found: str) -> None:
    assert told(STORAGE + suffix, frames=frames, has_positions=has_positions) == found


def test_hard_copies_and_delivery_instructions_have_other_roots() -> None:
    assert told("1.2.840.10008.5.1.1.30") == "secondary_capture"
    assert told("1.2.840.10008.5.1.4.34.7") == "rtplan"
    assert class_of(None, has_matrix=False, frames=1, has_positions=False) == "other"
