"""A series of images as one grid of voxels, and where such grids are found."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from labelport.geometry.stacks import Floats, Stack

Kind = Literal["dicom", "nifti", "none"]


@dataclass(frozen=True, eq=False)
class ImageVolume:
    """What labels lie on: a stack of slices of DICOM, a NIfTI volume, or a grid of which only labels are known."""

    series_id: str
    """The series of the catalogue; empty: the grid is that of a label file whose images are not known."""

    kind: Kind

    stack: Stack
    """Planes in the order of the series (DICOM: ascending along the normal; NIfTI: as stored)."""

    affine: Floats | None
    """Shape (4, 4), RAS. NIfTI: that of the header; DICOM: null where planes are not evenly spaced."""

    keys: Sequence[str]
    """Object of each plane; of a NIfTI volume the same for all. Of an unknown image: how it is called."""

    frames: Sequence[int | None]
    """0-based frame of each plane in its object; null: the object is the plane. NIfTI: the plane's own number."""

    items: Sequence[int]
    """``items.index`` of each plane."""

    sop_uids: Sequence[str | None] = ()
    """SOP Instance UID of each plane, as the catalogue has it (hashed under the project's key)."""

    study_uid: str | None = None
    series_uid: str | None = None
    frame_of_reference_uid: str | None = None
    """As the catalogue has them."""

    oriented: bool = True
    """False: a NIfTI header without sform and qform."""

    times: bool = False
    """The series has several time points; the planes are those of the first."""

    @property
    def known(self) -> bool:
        """Return whether it is a series of the dataset."""
        return bool(self.series_id)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return columns, rows, planes."""
        return self.stack.shape


class Volumes(Protocol):
    """The series of a dataset that volumes of labels can lie on. UIDs are given raw, and hashed here."""

    @property
    def asked(self) -> bool:
        """Return false where no images were named: then nothing is unmatched."""
        ...

    def of_series(self, series_id: str) -> ImageVolume | None:
        """Return a series by its id of the catalogue."""
        ...

    def of_key(self, key: str) -> list[ImageVolume]:
        """Return the series that an object is a plane of (or all planes)."""
        ...

    def of_series_uid(self, uid: str) -> list[ImageVolume]:
        """Return the series of a Series Instance UID: several where it was parted into stacks."""
        ...

    def of_frame_of_reference(self, uid: str) -> list[ImageVolume]:
        """Return the series of a frame of reference, by series id."""
        ...

    def of_study(self, uid: str) -> list[str]:
        """Return the ids of the series of a Study Instance UID: empty where the study is not in the dataset."""
        ...

    def below(self, folder: str) -> list[ImageVolume]:
        """Return the series all of whose objects lie directly in a folder (a path without slash at its end)."""
        ...

    def same_uid(self, given: str, known: str | None) -> bool:
        """Return whether a raw SOP Instance UID is one of ``sop_uids``."""
        ...

    def same_object(self, sop_uid: str) -> str:
        """Return what stands for an object's raw SOP Instance UID in the tables: a hash, never the UID."""
        ...


class NoVolumes:
    """No images were named."""

    asked = False

    def of_series(self, series_id: str) -> ImageVolume | None:
        """Return nothing."""
        del series_id
        return None

    def of_key(self, key: str) -> list[ImageVolume]:
        """Return nothing."""
        del key
        return []

    def of_series_uid(self, uid: str) -> list[ImageVolume]:
        """Return nothing."""
        del uid
        return []

    def of_frame_of_reference(self, uid: str) -> list[ImageVolume]:
        """Return nothing."""
        del uid
        return []

    def of_study(self, uid: str) -> list[str]:
        """Return nothing."""
        del uid
        return []

    def below(self, folder: str) -> list[ImageVolume]:
        """Return nothing."""
        del folder
        return []

    def same_uid(self, given: str, known: str | None) -> bool:
        """Return false."""
        del given, known
        return False

    def same_object(self, sop_uid: str) -> str:
        """Return a hash without a key."""
        return object_hash(sop_uid, None)


def object_hash(sop_uid: str, key: bytes | None) -> str:
    """Return 32 hex digits that stand for a SOP Instance UID: HMAC-SHA256 under the project's key, else SHA-256."""
    body = b"labelport structure object\0" + sop_uid.encode("utf-8", "surrogatepass")
    digest = hmac.new(key, body, hashlib.sha256) if key else hashlib.sha256(body)
    return digest.hexdigest()[:32]
