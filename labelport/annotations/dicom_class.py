"""What a DICOM file is, by the class at its head: with and without preamble, deflated too."""

import struct
import zlib

from labelport.annotations.files import AnnotationFile
from labelport.probing.dicom import values
from labelport.probing.dicom.opening import DEFLATED, NotDicom, inflated, open_file
from labelport.probing.dicom.walker import NoItem, TooDeep, elements
from labelport.probing.dicom.window import Closed, Ended, OverCap, Window, whole

FAULTS = (NotDicom, Ended, OverCap, Closed, NoItem, TooDeep, values.BadValue, zlib.error, struct.error)
"""What bytes that are no whole DICOM object raise."""

_CLASS = 0x00080016


def class_of(file: AnnotationFile, head: bytes) -> str | None:
    """Return the SOP class of a file, ``head`` its first bytes: that of the data set, else that of the meta group.

    Null for what is no DICOM. Raises what reading raises.
    """
    window = Window(head, file.size, file.read, most=1 << 20)
    try:
        opened = open_file(window)
        at = opened.at
        if opened.transfer_syntax == DEFLATED:
            window, at = whole(inflated(window, at)[0]), 0
        for element in elements(window, at, window.size, opened.coding):
            if element.tag == _CLASS:
                return values.uid(window.bytes(element.value_at, min(element.length, 128))) or opened.sop_class
            if element.tag > _CLASS:
                break
    except FAULTS:
        return None
    return opened.sop_class
