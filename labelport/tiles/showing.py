"""Which pictures may be shown to people: the one rule of ``privacy.previews``.

Specification: docs/privacy.md. A picture of an object that may carry a person's name in its pixels is shown only
where the settings say ``all``.
"""

from collections.abc import Mapping
from typing import Any

from labelport.probing.dicom.classes import is_endoscopy, is_ultrasound

COLUMNS = ("store", "key", "token", "size", "kind", "status", "width", "height", "frames", "phi_risk", "dicom", "nifti")
"""Columns of ``tables.MEDIA`` that are asked for."""


def withheld(row: Mapping[str, Any], previews: str) -> str | None:
    """Return in a few words why no picture of an object may be shown; null where one may.

    ``row``: of ``tables.MEDIA``. ``previews``: ``privacy.previews``; ``auto`` withholds objects of risk ``high``,
    those with burned-in annotation, and ultrasound, secondary captures and endoscopy that do not say they have none.
    """
    if previews == "none":
        return "no previews"
    if previews == "all":
        return None
    dicom = row.get("dicom") or {}
    if dicom.get("burned_in") == "YES":
        return "burned-in text"
    if row.get("phi_risk") == "high":
        return "may show a name"
    if dicom.get("burned_in") != "NO" and _often_written_on(dicom):
        return "may show a name"
    return None


def _often_written_on(dicom: Mapping[str, Any]) -> bool:
    """Return whether machines of that kind write names into pictures: ultrasound, secondary capture, endoscopy."""
    sop_class = dicom.get("sop_class")
    return (
        dicom.get("class") == "secondary_capture"
        or dicom.get("modality") in ("US", "IVUS", "ES")
        or is_ultrasound(sop_class)
        or is_endoscopy(sop_class)
    )
