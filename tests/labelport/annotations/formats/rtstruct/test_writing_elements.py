"""Data sets as bytes: as pydicom reads and writes them."""

import io
import struct
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.filewriter import write_dataset

from labelport.annotations.formats.rtstruct.written_elements import (
    EXPLICIT_VR,
    IMPLEMENTATION_UID,
    IMPLICIT_VR,
    LONGEST,
    encoded,
    file_head,
    fits,
)

DATA: dict[str, Any] = {
    "ROIContourSequence": [
        {
            "ReferencedROINumber": "7",
            "ROIDisplayColor": "255\\0\\1",
            "ContourSequence": [{"ContourData": b"1\\2.5\\-3"}],
        },
        {"ReferencedROINumber": "12"},
    ],
    "StructureSetROISequence": [],
    "PatientName": "",
    "SOPInstanceUID": "1.2.3",
    "SpecificCharacterSet": "ISO_IR 192",
    "StructureSetLabel": "größer",
}


def as_pydicom(data: dict[str, Any]) -> Dataset:
    made = Dataset()
    for keyword, value in data.items():
        plain = value.decode() if isinstance(value, bytes) else value
        setattr(made, keyword, plain if isinstance(plain, str) else [as_pydicom(item) for item in plain])
    return made


@pytest.mark.parametrize("explicit", [True, False])
def test_bytes_are_those_of_pydicom(explicit: bool) -> None:
    with pydicom.filebase.DicomBytesIO() as file:
        file.is_little_endian, file.is_implicit_VR = True, not explicit
        write_dataset(file, as_pydicom(DATA))
        assert encoded(DATA, explicit=explicit) == file.getvalue()


@pytest.mark.parametrize("syntax", [EXPLICIT_VR, IMPLICIT_VR])
def test_a_file_is_read_back_with_its_meta_information(syntax: str) -> None:
    body = file_head("1.2.840.10008.5.1.4.1.1.481.3", "1.2.3", syntax) + encoded(DATA, explicit=syntax == EXPLICIT_VR)
    found = pydicom.dcmread(io.BytesIO(body))
    assert found == as_pydicom(DATA)
    meta = found.file_meta
    assert (meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID) == ("1.2.3", syntax)
    assert (meta.ImplementationClassUID, meta.ImplementationVersionName) == (IMPLEMENTATION_UID, "LABELPORT")
    assert pydicom.uid.UID(IMPLEMENTATION_UID).is_valid
    again = io.BytesIO()
    pydicom.dcmwrite(again, found, enforce_file_format=True)
    assert again.getvalue() == body


def test_only_values_of_two_byte_lengths_can_be_too_long() -> None:
    item = {"ContourData": b"1" * (LONGEST + 1)}
    assert not fits({"ROIContourSequence": [{"ContourSequence": [item]}]})
    assert fits({"ROIContourSequence": [{"ContourSequence": [{"ContourData": b"1" * (LONGEST - 1)}] * 3}]})
    with pytest.raises(struct.error):
        encoded(item, explicit=True)


def test_an_unknown_keyword_is_no_element() -> None:
    with pytest.raises(KeyError):
        encoded({"NoSuchKeyword": ""}, explicit=True)
