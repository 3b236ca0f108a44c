"""Image volumes by ids, keys and UIDs; the judge of hashes is the standard library."""

import hashlib
import hmac
from dataclasses import replace

import pytest

from labelport.annotations.volumes.image_volume import ImageVolume, NoVolumes, Volumes
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.testing.annotation_volumes import dicom_volume, nifti_volume

KEY = b"secret"
B, A = dicom_volume("dicom-b"), dicom_volume("dicom-a", number=2)
PART = replace(dicom_volume("dicom-a-part", number=2), study_uid=A.study_uid)
NIFTI = nifti_volume()
EVERY = [B, NIFTI, PART, A]


def ids(found: list[ImageVolume]) -> list[str]:
    return [each.series_id for each in found]


def hashed(tag: str, uid: str) -> str:
    digest = hmac.new(KEY, f"{tag}\0{uid}".encode(), hashlib.sha256).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def under_key(image: ImageVolume) -> ImageVolume:
    """Return a volume as a catalogue under a key has it."""
    return replace(
        image,
        sop_uids=[hashed("SOPInstanceUID", uid or "") for uid in image.sop_uids],
        study_uid=hashed("StudyInstanceUID", image.study_uid or ""),
        series_uid=hashed("SeriesInstanceUID", image.series_uid or ""),
        frame_of_reference_uid=hashed("FrameOfReferenceUID", image.frame_of_reference_uid or ""),
    )


@pytest.mark.parametrize("key", [None, KEY])
def test_a_series_is_found_by_whatever_names_it(key: bytes | None) -> None:
    raw = [B, PART, A]
    volumes: Volumes = known_volumes([NIFTI, *(map(under_key, raw) if key else raw)], key=key)
    assert volumes.asked
    assert ids([each for name in ("dicom-a", "none") if (each := volumes.of_series(name)) is not None]) == ["dicom-a"]
    assert ids(volumes.of_key("scans/dicom-b/3.dcm")) == ["dicom-b"]
    assert ids(volumes.of_key("scans/made.nii.gz")) == ["nifti-made"]
    assert ids(volumes.of_series_uid(A.series_uid or "")) == ["dicom-a", "dicom-a-part"]
    assert ids(volumes.of_frame_of_reference(B.frame_of_reference_uid or "")) == ["dicom-b"]
    assert volumes.of_study(A.study_uid or "") == ["dicom-a", "dicom-a-part"]
    assert ids(volumes.below("scans/dicom-b")) == ["dicom-b"]
    assert ids(volumes.below("scans")) == ["nifti-made"]


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("strange", ["", "1.2.3", "2.25.1", "scans/dicom-b/", "größe"])
def test_what_nobody_knows_finds_nothing(key: bytes | None, strange: str) -> None:
    volumes = known_volumes(EVERY, key=key)
    assert volumes.of_series(strange) is None
    assert volumes.of_study(strange) == []
    for find in (volumes.of_key, volumes.of_series_uid, volumes.of_frame_of_reference, volumes.below):
        assert find(strange) == []


def test_a_hash_of_the_catalogue_is_not_taken_for_a_raw_uid() -> None:
    volumes = known_volumes([under_key(B)], key=KEY)
    assert ids(volumes.of_series_uid(B.series_uid or "")) == ["dicom-b"]
    assert volumes.of_series_uid(hashed("SeriesInstanceUID", B.series_uid or "")) == []


def test_objects_are_compared_by_their_hashes() -> None:
    uid = B.sop_uids[1] or ""
    plain, keyed = known_volumes([B]), known_volumes([under_key(B)], key=KEY)
    assert plain.same_uid(uid, uid)
    assert keyed.same_uid(uid, hashed("SOPInstanceUID", uid))
    assert not keyed.same_uid(uid, uid)
    for volumes in (plain, keyed):
        assert not volumes.same_uid("", "")
        assert not volumes.same_uid(uid, None)


def test_what_stands_for_an_object_is_no_uid_and_another_one_under_another_key() -> None:
    uid = B.sop_uids[0] or ""
    found = {known_volumes([], key=key).same_object(uid) for key in (None, KEY, b"other")} | {
        NoVolumes().same_object(uid)
    }
    assert len(found) == 3
    assert all(len(each) == 32 and uid not in each for each in found)
    body = b"labelport structure object\0" + uid.encode()
    assert hmac.new(KEY, body, hashlib.sha256).hexdigest()[:32] in found


def test_volumes_of_several_folders_lie_below_none() -> None:
    apart = replace(B, keys=["one/0.dcm", "one/1.dcm", "two/2.dcm", "two/3.dcm"])
    at_the_top = replace(NIFTI, keys=["made.nii"] * 4)
    volumes = known_volumes([apart, at_the_top])
    assert volumes.below("one") == volumes.below("two") == []
    assert ids(volumes.below("")) == ["nifti-made"]


def test_where_no_images_were_named_nothing_is_found_and_nothing_is_unmatched() -> None:
    nothing: Volumes = NoVolumes()
    assert not nothing.asked
    assert nothing.of_series("dicom-a") is None
    assert not nothing.same_uid("1.2", "1.2")
    found: list[object] = [
        *nothing.of_key("a"),
        *nothing.of_series_uid("a"),
        *nothing.of_frame_of_reference("a"),
        *nothing.of_study("a"),
        *nothing.below(""),
    ]
    assert found == []
