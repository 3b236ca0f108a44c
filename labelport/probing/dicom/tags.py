"""The allow-list: every tag of which anything may enter the catalogue, and nothing else (PS3.15 Annex E).

A tag that is not here is not copied: no names, no dates, no descriptions, no private tags.
"""

from typing import NamedTuple


class Allowed(NamedTuple):
    """An allowed tag."""

    column: str
    """Field of ``tables.DICOM``."""

    vr: bytes
    """Value representation where the file does not say."""

    kind: str
    """What is made of it: integer, decimal, decimals, triple, pair, six, code, codes, charset, uid, label, time."""


ALLOWED: dict[int, Allowed] = {
    0x00080005: Allowed("charset", b"CS", "charset"),
    0x00080008: Allowed("image_type", b"CS", "codes"),
    0x00080016: Allowed("sop_class", b"UI", "uid"),
    0x00080018: Allowed("sop_uid", b"UI", "uid"),
    0x0008002A: Allowed("acquisition_time_s", b"DT", "time"),
    0x00080032: Allowed("acquisition_time_s", b"TM", "time"),
    0x00080033: Allowed("content_time_s", b"TM", "time"),
    0x00080060: Allowed("modality", b"CS", "code"),
    0x00080070: Allowed("manufacturer", b"LO", "label"),
    0x00081090: Allowed("model", b"LO", "label"),
    0x00082144: Allowed("display_rate", b"IS", "decimal"),
    0x00089208: Allowed("complex_component", b"CS", "code"),
    0x00120062: Allowed("identity_removed", b"CS", "code"),
    0x00180015: Allowed("body_part", b"CS", "code"),
    0x00180040: Allowed("cine_rate", b"IS", "decimal"),
    0x00180050: Allowed("slice_thickness", b"DS", "decimal"),
    0x00180060: Allowed("kvp", b"DS", "decimal"),
    0x00180080: Allowed("tr", b"DS", "decimal"),
    0x00180081: Allowed("te", b"DS", "decimal"),
    0x00180082: Allowed("ti", b"DS", "decimal"),
    0x00180086: Allowed("echo_number", b"IS", "integer"),
    0x00180088: Allowed("spacing_between_slices", b"DS", "decimal"),
    0x00181060: Allowed("trigger_time", b"DS", "decimal"),
    0x00181063: Allowed("frame_time", b"DS", "decimal"),
    0x00181065: Allowed("frame_time_vector", b"DS", "decimals"),
    0x00181120: Allowed("gantry_tilt", b"DS", "decimal"),
    0x00181164: Allowed("imager_pixel_spacing", b"DS", "pair"),
    0x00181314: Allowed("flip_angle", b"DS", "decimal"),
    0x00185100: Allowed("patient_position", b"CS", "code"),
    0x00185101: Allowed("view_position", b"CS", "code"),
    0x00189087: Allowed("b_value", b"FD", "decimal"),
    0x00189089: Allowed("b_vector", b"FD", "triple"),
    0x0020000D: Allowed("study_uid", b"UI", "uid"),
    0x0020000E: Allowed("series_uid", b"UI", "uid"),
    0x00200011: Allowed("series_number", b"IS", "integer"),
    0x00200012: Allowed("acquisition_number", b"IS", "integer"),
    0x00200013: Allowed("instance_number", b"IS", "integer"),
    0x00200032: Allowed("ipp", b"DS", "triple"),
    0x00200037: Allowed("iop", b"DS", "six"),
    0x00200052: Allowed("frame_of_reference_uid", b"UI", "uid"),
    0x00200060: Allowed("laterality", b"CS", "code"),
    0x00200062: Allowed("laterality", b"CS", "code"),
    0x00200100: Allowed("temporal_position", b"IS", "integer"),
    0x00200105: Allowed("number_of_temporal_positions", b"IS", "integer"),
    0x00201041: Allowed("slice_location", b"DS", "decimal"),
    0x00209161: Allowed("concatenation_uid", b"UI", "uid"),
    0x00209162: Allowed("in_concatenation_number", b"US", "integer"),
    0x00209163: Allowed("in_concatenation_total", b"US", "integer"),
    0x00209241: Allowed("cardiac_phase_percent", b"FL", "decimal"),
    0x00280002: Allowed("samples_per_pixel", b"US", "integer"),
    0x00280004: Allowed("photometric", b"CS", "code"),
    0x00280006: Allowed("planar_config", b"US", "integer"),
    0x00280008: Allowed("frames", b"IS", "integer"),
    0x00280010: Allowed("rows", b"US", "integer"),
    0x00280011: Allowed("columns", b"US", "integer"),
    0x00280030: Allowed("pixel_spacing", b"DS", "pair"),
    0x00280100: Allowed("bits_allocated", b"US", "integer"),
    0x00280101: Allowed("bits_stored", b"US", "integer"),
    0x00280103: Allowed("pixel_representation", b"US", "integer"),
    0x00280301: Allowed("burned_in", b"CS", "code"),
    0x00280302: Allowed("recognizable", b"CS", "code"),
    0x00281050: Allowed("window_center", b"DS", "decimals"),
    0x00281051: Allowed("window_width", b"DS", "decimals"),
    0x00281052: Allowed("rescale_intercept", b"DS", "decimal"),
    0x00281053: Allowed("rescale_slope", b"DS", "decimal"),
    0x00282110: Allowed("lossy", b"CS", "code"),
    0x00541300: Allowed("frame_reference_time", b"DS", "decimal"),
}

OPT_IN: dict[int, str] = {
    0x00081030: "study_description",
    0x0008103E: "series_description",
    0x00181030: "protocol_name",
}
"""Texts that enter only where ``privacy.keep`` names them."""

PATIENT_ID = 0x00100020

HASHED = {
    "study_uid": "StudyInstanceUID",
    "series_uid": "SeriesInstanceUID",
    "sop_uid": "SOPInstanceUID",
    "frame_of_reference_uid": "FrameOfReferenceUID",
    "referenced_series_uid": "SeriesInstanceUID",
    "referenced_series_uids": "SeriesInstanceUID",
    "concatenation_uid": "ConcatenationUID",
    "patient_id": "PatientID",
}
"""Identifiers, and the tag's name that is mixed into their hash: a reference must equal what it refers to."""

PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
SHARED_GROUPS = 0x52009229
FRAME_GROUPS = 0x52009230
REFERENCED_SERIES = 0x00081115
ULTRASOUND_REGIONS = 0x00186011
EVIDENCE = 0x0040A375
REFERENCED_FRAMES_OF_REFERENCE = 0x30060010
CONTENT = 0x0040A730
"""The tree of a report: behind the last reference that is wanted."""

STRUCTURES = 0x30060020
"""The names of a structure set: behind its references, and not wanted here."""


def wanted_texts(keep: frozenset[str]) -> frozenset[str]:
    """Return columns that ``privacy.keep`` asks for, named as columns or as DICOM does (SeriesDescription)."""
    asked = {name.replace("_", "").lower() for name in keep}
    return frozenset(name for name in [*OPT_IN.values(), "patient_id"] if name.replace("_", "") in asked)
