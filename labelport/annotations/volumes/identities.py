"""Who the images of a volume are: the UIDs that a DICOM object of labels must name, read again from the images.

A catalogue under a key has hashes alone. What is read here goes into the exported file, and nowhere else: into no table,
log, finding or error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from labelport.annotations.volumes.image_volume import ImageVolume


@dataclass(frozen=True)
class Identities:
    """Raw UIDs of an image volume."""

    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    frame_of_reference_uid: str = field(repr=False)
    sop_class_uids: Sequence[str]
    """Of the object of each plane."""

    sop_uids: Sequence[str] = field(repr=False)
    """Of the object of each plane: the same one for frames of one object."""


class ImageGone(LookupError):
    """An image of a volume cannot be read, or is another one than it was. The text names its key."""


class Identifying(Protocol):
    """Gives raw UIDs."""

    def of(self, image: ImageVolume, *, pseudonyms: bool = False) -> Identities:
        """Return the UIDs of a volume's images.

        ``pseudonyms``: as the catalogue has them under the project's key. Raises ``ImageGone``; ``ValueError`` where
        pseudonyms are asked for and there is no key.
        """
        ...

    def own_uid(self, purpose: str, content: bytes) -> str:
        """Return a UID for something new, ``2.25.<int>``: keyed where there is a key, equal for equal content."""
        ...
