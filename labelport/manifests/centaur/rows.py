"""A row of ours before it is written, and which file it is for."""

from typing import NamedTuple

SERIES, DICOM = range(2)
"""The series CSV, and the CSV of single-frame DICOM."""


class OurRow(NamedTuple):
    """One object of a series."""

    origin: str

    place: int
    """Its index in the series."""

    notes: str

    address: str | None
    """``s3://bucket/prefix/key``; null where the store has no such name."""
