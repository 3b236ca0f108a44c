"""Rule ``dicom``: geometry-ordered stacks, volumes over time, clips, single images."""

from labelport.series.dicom.rule import DicomOptions, DicomRule

__all__ = ["DicomOptions", "DicomRule"]
