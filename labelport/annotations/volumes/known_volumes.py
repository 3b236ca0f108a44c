"""Image volumes that are held in memory, found by ids, keys and UIDs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from labelport.annotations.volumes.image_volume import ImageVolume, object_hash
from labelport.privacy import pseudonym

STUDY, SERIES, SOP, FRAME_OF_REFERENCE = (
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "FrameOfReferenceUID",
)
"""Tags that are mixed into hashes of UIDs (``probing.dicom.tags``)."""


class Shelf(Protocol):
    """Image volumes by number: made when they are asked for."""

    def __getitem__(self, number: int, /) -> ImageVolume:
        """Return one."""
        ...


class KnownVolumes:
    """Implements ``Volumes`` over a shelf and indexes of it: numbers of volumes, in the order of their series ids."""

    asked = True

    def __init__(
        self,
        shelf: Shelf,
        *,
        by_id: Mapping[str, int],
        by_key: Mapping[str, Sequence[int]],
        by_series_uid: Mapping[str, Sequence[int]],
        by_frame_of_reference: Mapping[str, Sequence[int]],
        by_study: Mapping[str, Sequence[str]],
        by_folder: Mapping[str, Sequence[int]],
        key: bytes | None = None,
    ) -> None:
        """``key``: the project's, under which the UIDs of the indexes are hashed."""
        self._shelf = shelf
        self._by_id = by_id
        self._by_key = by_key
        self._by_series_uid = by_series_uid
        self._by_frame_of_reference = by_frame_of_reference
        self._by_study = by_study
        self._by_folder = by_folder
        self._secret = key

    def of_series(self, series_id: str) -> ImageVolume | None:
        """Return a series by its id of the catalogue."""
        number = self._by_id.get(series_id)
        return None if number is None else self._shelf[number]

    def of_key(self, key: str) -> list[ImageVolume]:
        """Return the series that an object is a plane of (or all planes)."""
        return self._all(self._by_key.get(key, ()))

    def of_series_uid(self, uid: str) -> list[ImageVolume]:
        """Return the series of a raw Series Instance UID."""
        return self._all(self._by_series_uid.get(self._hashed(uid, SERIES), ()))

    def of_frame_of_reference(self, uid: str) -> list[ImageVolume]:
        """Return the series of a raw frame of reference, by series id."""
        return self._all(self._by_frame_of_reference.get(self._hashed(uid, FRAME_OF_REFERENCE), ()))

    def of_study(self, uid: str) -> list[str]:
        """Return the ids of the series of a raw Study Instance UID."""
        return list(self._by_study.get(self._hashed(uid, STUDY), ()))

    def below(self, folder: str) -> list[ImageVolume]:
        """Return the series all of whose objects lie directly in a folder."""
        return self._all(self._by_folder.get(folder, ()))

    def same_uid(self, given: str, known: str | None) -> bool:
        """Return whether a raw SOP Instance UID is one of the catalogue."""
        return bool(given) and known is not None and self._hashed(given, SOP) == known

    def same_object(self, sop_uid: str) -> str:
        """Return what stands for a raw SOP Instance UID in the tables."""
        return object_hash(sop_uid, self._secret)

    def _hashed(self, uid: str, tag: str) -> str:
        return uid if self._secret is None or not uid else pseudonym(uid, tag=tag, key=self._secret)

    def _all(self, numbers: Iterable[int]) -> list[ImageVolume]:
        return [self._shelf[number] for number in numbers]


def known_volumes(given: Sequence[ImageVolume], *, key: bytes | None = None) -> KnownVolumes:
    """Return volumes that are in memory already; their UIDs are hashed under ``key`` where there is one."""
    ordered = sorted(given, key=lambda each: each.series_id)
    by_key: dict[str, list[int]] = {}
    by_series: dict[str, list[int]] = {}
    by_frame: dict[str, list[int]] = {}
    by_study: dict[str, list[str]] = {}
    by_folder: dict[str, list[int]] = {}
    for number, volume in enumerate(ordered):
        for object_key in dict.fromkeys(volume.keys):
            by_key.setdefault(object_key, []).append(number)
        folders = {object_key.rpartition("/")[0] for object_key in volume.keys}
        if len(folders) == 1:
            by_folder.setdefault(folders.pop(), []).append(number)
        for uid, index in ((volume.series_uid, by_series), (volume.frame_of_reference_uid, by_frame)):
            if uid:
                index.setdefault(uid, []).append(number)
        if volume.study_uid:
            by_study.setdefault(volume.study_uid, []).append(volume.series_id)
    return KnownVolumes(
        ordered,
        by_id={volume.series_id: number for number, volume in enumerate(ordered)},
        by_key=by_key,
        by_series_uid=by_series,
        by_frame_of_reference=by_frame,
        by_study=by_study,
        by_folder=by_folder,
        key=key,
    )
