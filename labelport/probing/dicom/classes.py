"""What a DICOM object is, by its SOP class; Modality is never asked (PS3.4 Annex B, PS3.6 Annex A)."""

STORAGE = "1.2.840.10008.5.1.4.1.1."
DICOMDIR = "1.2.840.10008.1.3.10"

IMAGES = frozenset({"image_single", "image_multiframe", "cine", "wsi", "secondary_capture"})
"""Classes that may be members of a series."""

LINKED = frozenset({"segmentation", "rtstruct", "report", "presentation", "annotation", "registration"})
"""Classes that refer to a series."""

_NAMED = {
    "7": "secondary_capture",
    "66.4": "segmentation",
    "66.5": "segmentation",
    "66.7": "segmentation",
    "66.1": "registration",
    "66.3": "registration",
    "481.3": "rtstruct",
    "481.2": "rtdose",
    "481.5": "rtplan",
    "481.8": "rtplan",
    "77.1.6": "wsi",
    "91.1": "annotation",
}
_PREFIXES = {
    "7.": "secondary_capture",
    "11.": "presentation",
    "88.": "report",
    "9.": "waveform",
    "104.": "encapsulated",
}
_FILM = ("77.1.1.1", "77.1.2.1", "77.1.4.1")
"""Video of endoscopes, microscopes, cameras."""

_CLIPS = ("3", "3.1", "6", "6.1", "12.1", "12.2", "12.3", *_FILM)
"""Ultrasound, angiography, fluoroscopy, video."""

_ULTRASOUND = ("3", "3.1", "6", "6.1", "6.2", "6.3")
_ENDOSCOPY = ("77.1.1", "77.1.1.1")
_PROJECTIONS = ("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1")
"""CR, DX, mammography, intra-oral: each image stands for itself."""

_ENHANCED = ("2.1", "2.2", "4.1", "4.3", "4.4", "6.2", "12.1.1", "12.2.1", "13.1.1", "13.1.2", "13.1.3", "130", "128.1")
_POSITRON = ("128",)


def _suffix(sop_class: str | None) -> str:
    return sop_class.removeprefix(STORAGE) if sop_class and sop_class.startswith(STORAGE) else ""


def class_of(sop_class: str | None, *, has_matrix: bool, frames: int, has_positions: bool) -> str:
    """Return the class of an object.

    ``has_matrix``: Rows and Columns are there; ``has_positions``: planes have positions, shared or one a
    frame. An unknown SOP class with a matrix is an image, one without is ``other``.
    """
    suffix = _suffix(sop_class)
    named = _NAMED.get(suffix) or next((name for start, name in _PREFIXES.items() if suffix.startswith(start)), None)
    if named:
        return named
    if not has_matrix:
        return "other"
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
