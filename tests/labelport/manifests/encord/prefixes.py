"""Prefixes of media for Encord: one series of each kind that it takes, with all that probes would know."""

from typing import Any

from labelport.testing.manifest import Prefix, Row, media_row

GOOD = [
    "audio.json",
    "dicom.json",
    "image_groups.json",
    "images.json",
    "mixed.json",
    "mrap.json",
    "nifti.json",
    "pdfs.json",
    "text.json",
    "videos.json",
]
BAD = [
    "bom.json",
    "dicomtags.json",
    "dollar.json",
    "dtoshape.json",
    "dupkey.json",
    "empty.json",
    "gap.json",
    "missingmeta.json",
    "notitle.json",
    "signed.json",
    "space.json",
    "strtype.json",
    "topkey.json",
    "typo.json",
    "typo2.json",
    "upsert.json",
    "wrongtype.json",
]
"""Names of the shared fixtures; that they are all of them is tested in ``test_fixtures``."""


def video(key: str, **given: Any) -> Row:
    known = {
        "mime_type": "video/mp4",
        "width": 1280,
        "height": 720,
        "fps": 29.97,
        "duration_s": 12.5,
        "duration_exact": True,
        "size": 1048576,
        "video": {"variable_rate": False},
    }
    return media_row(key, kind="video", media_format="mp4", **{**known, **given})


def image(key: str, **given: Any) -> Row:
    known = {"mime_type": "image/png", "width": 640, "height": 480, "size": 20480}
    return media_row(key, **{**known, **given})


def sound(key: str, **given: Any) -> Row:
    known = {
        "mime_type": "audio/wav",
        "duration_s": 3.25,
        "duration_exact": True,
        "size": 624044,
        "sample_rate": 48000,
        "channels": 2,
        "audio": {"codec": "pcm_s16le", "bit_depth": 16},
    }
    return media_row(key, kind="audio", media_format="wav", **{**known, **given})


def dicom(key: str, **given: Any) -> Row:
    return media_row(
        key, kind="dicom", media_format="dicom", **{"frames": 1, "mime_type": "application/dicom", **given}
    )


def text(key: str, **given: Any) -> Row:
    return media_row(key, kind="text", media_format="text", **{"mime_type": "text/plain", "size": 812, **given})


def pdf(key: str, **given: Any) -> Row:
    return media_row(key, kind="pdf", media_format="pdf", **{"pages": 3, "size": 81200, **given})


def nifti(key: str, **given: Any) -> Row:
    return media_row(key, kind="nifti", media_format="nifti1", **given)


def everything() -> Prefix:
    """Return one series of every kind."""
    prefix = Prefix()
    prefix.add("clips/a.mp4", [video("clips/a.mp4")], kind="frames", rule="video")
    prefix.add("img/1.png", [image("img/1.png")])
    prefix.add("a/r.wav", [sound("a/r.wav")])
    prefix.add("t/n.txt", [text("t/n.txt")])
    prefix.add("p/n.pdf", [pdf("p/n.pdf")])
    prefix.add("n/v.nii.gz", [nifti("n/v.nii.gz")], kind="volume")
    prefix.add("g", [image("g/0.png"), image("g/1.png")], kind="frames", rule="pattern")
    prefix.add("v", [image("v/lung.png"), image("v/bone.png")], kind="versions", rule="pattern")
    prefix.add("d", [dicom("d/1.dcm"), dicom("d/2.dcm")], kind="stack", rule="dicom")
    prefix.add("4d", [dicom("4d/1.dcm"), dicom("4d/2.dcm")], kind="volume4d", rule="dicom")
    prefix.add("us", [dicom("us/cine.dcm", frames=30)], kind="cine", rule="dicom")
    recording = prefix.add("rec/x", [sound("rec/x.wav")], kind="audio_image", rule="audio_image")
    prefix.add_item(recording, 0, image("rec/x.png"), role="context", of_index=0)
    return prefix
