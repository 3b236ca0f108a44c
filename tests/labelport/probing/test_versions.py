"""Versions of probes."""

import pyarrow as pa

from labelport.probing.versions import DIED, current_versions, outdated, version_of


def test_a_bump_outdates_the_rows_of_that_probe_only() -> None:
    made_by = pa.array(["image-1", "video-1", "text-0", "died-abc"])
    versions = {"image": "image-2", "video": "video-1", DIED: "died-abc"}
    assert outdated(made_by, versions).to_pylist() == [True, False, False, False]


def test_a_version_that_no_probe_has_any_more_is_asked_for_once() -> None:
    assert outdated(pa.array(["audio-3"]), {"video": "video-1"}).to_pylist() == [True]
    assert outdated(pa.array([version_of("audio", {})]), {"video": "video-1"}).to_pylist() == [False]


def test_a_kind_that_got_its_first_probe_is_probed() -> None:
    assert version_of("audio", {}) == "audio-0"
    assert outdated(pa.array(["audio-0"]), {"audio": "audio-1"}).to_pylist() == [True]


def test_objects_that_killed_a_worker_are_tried_again_with_every_new_probe() -> None:
    assert outdated(pa.array(["died-old"]), {DIED: "died-new"}).to_pylist() == [True]


def test_the_projects_key_is_in_the_version_of_dicom_and_cannot_be_read_there() -> None:
    without, some = current_versions(), current_versions(hmac_key=b"secret")
    other, kept = current_versions(hmac_key=b"another"), current_versions(keep=["series_description"])
    assert len({each["dicom"] for each in (without, some, other, kept)}) == 4
    assert {kind for kind in without if without[kind] != some[kind]} == {"dicom", DIED}
    assert some["dicom"].startswith(without["dicom"])
    assert "secret" not in some["dicom"]
