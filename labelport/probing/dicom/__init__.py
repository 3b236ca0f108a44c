"""DICOM objects by a byte scanner of allow-listed tags: the probe of kind ``dicom``."""

from labelport.probing.dicom.probe import PROBE

__all__ = ["PROBE"]
