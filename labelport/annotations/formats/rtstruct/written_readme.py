"""What lies beside written structure sets: a page that says what they are."""

from typing import Literal

from labelport.annotations.formats.rtstruct.written_contours import Holes

Uids = Literal["source", "pseudonym"]

_WHAT = """\
DICOM RT Structure Sets, one file a series of images: <series id>.dcm. The series ids are those of the catalogue
(table `series`; its images are in the table `items`).

"""

_UIDS: dict[Uids, str] = {
    "source": """\
UIDs (`uids: source`): study, series, frame of reference and images have the UIDs that stand in the images themselves,
so that viewers find the images. They can lead back to a patient: keep these files where the images may be kept.
""",
    "pseudonym": """\
UIDs (`uids: pseudonym`): study, series, frame of reference and images have the pseudonyms that the catalogue gives
them under the project's key (2.25.<number>). The files fit images whose UIDs were replaced in the same way, and no
others.
""",
}

_OWN = """\
The UID of each structure set and of its series are new, and the same for the same content. Name, ID, birth date and
sex of the patient are empty, and so are all dates.

Contours run along the edges of pixels. Filled by even-odd at the centres of pixels they give the labelled voxels,
none more and none less. Tools that draw the line itself, or round its points to pixels, give larger structures
(rt-utils 1.2.7 and platipy 0.4.1 do).

"""

_HOLES: dict[Holes, str] = {
    "xor": """\
Holes (`holes: xor`): a structure with a hole on any slice has contours of the type CLOSEDPLANAR_XOR alone: what an odd
number of them covers is inside. All others are CLOSED_PLANAR. Some tools leave CLOSEDPLANAR_XOR out (plastimatch
1.9.4, dcmrtstruct2nii 5 and platipy 0.4.1 do, and planning systems may): export with `holes: keyhole` for them.
""",
    "keyhole": """\
Holes (`holes: keyhole`): all contours are CLOSED_PLANAR, and a hole is joined to the outline around it by a cut along
the edges of pixels, there and back. An island in a hole is a contour of its own.
""",
}


def readme(holes: Holes, uids: Uids) -> str:
    """Return the text for people who open the folder."""
    return _WHAT + _UIDS[uids] + _OWN + _HOLES[holes]
