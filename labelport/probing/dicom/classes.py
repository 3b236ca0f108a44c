"""What a DICOM object is, by its SOP class; Modality is never asked (PS3.4 Annex B, PS3.6 Annex A)."""

from functools import lru_cache

STORAGE = "1.2.840.10008.5.1.4.1.1."
DICOMDIR = "1.2.840.10008.1.3.10"

IMAGES = frozenset({"image_single", "image_multiframe", "cine", "wsi", "secondary_capture"})
"""Classes that may be members of a series."""

LINKED = frozenset({"segmentation", "rtstruct", "report", "presentation", "annotation", "registration"})
"""Classes that refer to a series."""

_NAMED = {
    **dict.fromkeys(("66.4", "66.5", "66.7", "66.8"), "segmentation"),
    **dict.fromkeys(("66.1", "66.2", "66.3"), "registration"),
    **dict.fromkeys(("66.6", "91.1", "481.11"), "annotation"),
    **dict.fromkeys(("77.1.6", "77.1.9"), "wsi"),
    **dict.fromkeys(("10", "11", "131"), "presentation"),
    **dict.fromkeys(("90.1", "501.3"), "report"),
    **dict.fromkeys(("9", "129"), "waveform"),
    "7": "secondary_capture",
    "481.3": "rtstruct",
    "481.2": "rtdose",
}
_PREFIXES = {
    "7.": "secondary_capture",
    "11.": "presentation",
    "78.": "report",
    "79.": "report",
    "80.": "report",
    "88.": "report",
    "9.": "waveform",
    "104.": "encapsulated",
}
_ELSEWHERE = {
    **dict.fromkeys(("1.2.840.10008.5.1.1.29", "1.2.840.10008.5.1.1.30"), "secondary_capture"),  # hard copies
    **dict.fromkeys(("1.2.840.10008.5.1.4.34.1", "1.2.840.10008.5.1.4.34.7", "1.2.840.10008.5.1.4.34.10"), "rtplan"),
}
"""Classes whose UIDs begin otherwise than those of storage."""

_RADIOTHERAPY = "481."
_PORTAL = ("481.1", "481.23", "481.24")
"""Images of radiotherapy; what is neither these nor named is a plan, a part of one or a record: ``rtplan``."""

_NO_IMAGES = frozenset({"4.2", "8", "66", "67", "68.1", "68.2", "77.1.5.3"})
"""Spectra, overlays alone, raw data, meshes, protocols: no image, though Rows and Columns may be there."""

_FILM = frozenset({"77.1.1.1", "77.1.2.1", "77.1.4.1"})
"""Video of endoscopes, microscopes, cameras."""

_CLIPS = frozenset({"3", "3.1", "6", "6.1", "12.1", "12.2", "12.3", "12.1.1", "12.2.1", *_FILM})
"""Ultrasound, angiography, fluoroscopy, video."""

_ULTRASOUND = frozenset({"3", "3.1", "6", "6.1", "6.2", "6.3"})
_ENDOSCOPY = frozenset({"77.1.1", "77.1.1.1"})
_PHOTOGRAPHY = frozenset({"77.1.4", "77.1.4.1", "77.1.7"})
_PROJECTIONS = frozenset({"1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1", "13.1.4", "13.1.5", "481.1"})
"""CR, DX, mammography, intra-oral, portal images: each image stands for itself."""

_ENHANCED = frozenset({
    "2.1", "2.2", "4.1", "4.3", "4.4", "6.2", "6.3", "12.1.1", "12.2.1", "13.1.1", "13.1.2", "13.1.3", "13.1.4",
    "13.1.5", "14.1", "14.2", "30", "77.1.5.4", "77.1.5.8", "81.1", "128.1", "130", "481.23", "481.24", "501.1",
})  # fmt: skip
_POSITRON = frozenset({"128"})


def _suffix(sop_class: str | None) -> str:
    return sop_class.removeprefix(STORAGE) if sop_class and sop_class.startswith(STORAGE) else ""


@lru_cache(maxsize=1024)
def named_class(sop_class: str | None) -> str | None:
    """Return the class that the SOP class alone tells; null where it depends on the pixels."""
    suffix = _suffix(sop_class)
    if not suffix:
        return _ELSEWHERE.get(sop_class or "")
    named = _NAMED.get(suffix) or next((name for start, name in _PREFIXES.items() if suffix.startswith(start)), None)
    if named or suffix in _PORTAL:
        return named
    if suffix.startswith(_RADIOTHERAPY):
        return "rtplan"
    return "other" if suffix in _NO_IMAGES or suffix.startswith(("200.", "201.")) else None


def class_of(sop_class: str | None, *, has_matrix: bool, frames: int, has_positions: bool) -> str:
    """Return the class of an object.

    ``has_matrix``: Rows and Columns are there; ``has_positions``: planes have positions, shared or one a
    frame. An unknown SOP class with a matrix is an image, one without is ``other``.
    """
    named = named_class(sop_class)
    if named:
        return named
    if not has_matrix:
        return "other"
    suffix = _suffix(sop_class)
    if suffix in _FILM or (suffix in _CLIPS and frames > 1 and not has_positions):
        return "cine"
    return "image_multiframe" if frames > 1 or suffix in _ENHANCED else "image_single"


def is_enhanced(sop_class: str | None) -> bool:
    """Return whether images of the class keep what is so of each frame in functional groups."""
    return _suffix(sop_class) in _ENHANCED


def is_positron(sop_class: str | None) -> bool:
    """Return whether images of the class have values in group 0054 that order them."""
    return _suffix(sop_class) in _POSITRON


def is_projection(sop_class: str | None) -> bool:
    """Return whether images of the class are projections, which never stack."""
    return _suffix(sop_class) in _PROJECTIONS


def is_ultrasound(sop_class: str | None) -> bool:
    """Return whether images of the class are ultrasound."""
    return _suffix(sop_class) in _ULTRASOUND


def is_endoscopy(sop_class: str | None) -> bool:
    """Return whether images of the class come from an endoscope."""
    return _suffix(sop_class) in _ENDOSCOPY


def is_photography(sop_class: str | None) -> bool:
    """Return whether images of the class are photographs of a person's outside."""
    return _suffix(sop_class) in _PHOTOGRAPHY
