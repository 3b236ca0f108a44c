"""How likely the pixels of a DICOM object name or show a person."""

from typing import Any

from labelport.probing.dicom.classes import is_endoscopy, is_photography, is_ultrasound

_HEADS = frozenset(
    [
        "HEAD",
        "BRAIN",
        "SKULL",
        "FACE",
        "HEADNECK",
        "HEADANDNECK",
        "NECK",
        "ORBIT",
        "SINUS",
        "IAC",
        "EAR",
        "JAW",
        "MAXILLA",
        "MANDIBLE",
    ]
)
_VOLUMES = frozenset({"CT", "MR", "PT", "NM"})


def phi_risk(dicom: dict[str, Any]) -> str:
    """Return none, text or high.

    High: burned-in annotation, secondary capture, ultrasound, endoscopy, a saved screen, an encapsulated
    document. Text: a kept description, or overlay planes.
    """
    words = [word.upper() for word in dicom.get("image_type") or ()]
    if (
        dicom.get("burned_in") == "YES"
        or dicom.get("class") in ("secondary_capture", "encapsulated")
        or dicom.get("modality") in ("US", "IVUS", "ES")
        or is_ultrasound(dicom.get("sop_class"))
        or is_endoscopy(dicom.get("sop_class"))
        or any("SCREEN" in word or "SAVE" in word for word in words)
    ):
        return "high"
    kept = any(dicom.get(name) for name in ("series_description", "study_description", "protocol_name"))
    return "text" if kept or dicom.get("has_overlay") else "none"


def face_risk(dicom: dict[str, Any]) -> bool | None:
    """Return whether a face could be seen, or rendered from the volume; null where that is not known."""
    if is_photography(dicom.get("sop_class")):
        return None
    part = dicom.get("body_part")
    if part is None or dicom.get("modality") not in _VOLUMES:
        return None if dicom.get("modality") in _VOLUMES else False
    return part.upper().replace(" ", "").replace("_", "") in _HEADS
