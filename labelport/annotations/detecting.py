"""Which format each annotation file is of, and why: by content, never by the name alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labelport.annotations.contract import Claim, Format
from labelport.annotations.files import AnnotationFile
from labelport.annotations.said import Said
from labelport.registry import ANNOTATION_FORMATS, plugins

SURE = 0.6
"""Below this a format is not taken without being told."""

TIE = 0.05
"""Claims as near as that to each other are a tie."""

PICTURES = ("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "dng", "dcm", "nii", "gz", "npy")
_BESIDE = re.compile(r"(?:^|/)(?:LIVE|(?i:readme)(?:\.(?:txt|md|rst|html))?)\Z")
"""What is for people or for us: our own exports have both."""

MEDIA = (*PICTURES, "mp4", "mov", "avi", "mkv", "webm", "wav", "mp3", "flac", "ogg", "m4a", "pcd", "ply", "bin", "pdf")
"""Extensions of what lies beside annotations and holds none."""


@dataclass(frozen=True)
class Taken:
    """A claim that stands, with its format."""

    format: Format
    claim: Claim

    @property
    def id(self) -> str:
        """Return what tells this claim from the others of its source, whatever its parts are today."""
        own = self.claim.shared[:1] or (self.claim.parts[:1] if getattr(self.format, "separate", False) else ())
        return f"{self.format.id}:{''.join(own)}"


def formats() -> dict[str, Any]:
    """Return the formats by id."""
    return plugins(ANNOTATION_FORMATS)


def taken(files: Sequence[AnnotationFile], format_id: str, said: Said) -> list[Taken]:
    """Return which formats take which files; findings for files that none or several take.

    ``format_id``: ``auto``, or the id that the user gives: then that format's claims stand, however unsure.
    Raises ``KeyError`` for an unknown id.
    """
    known = formats()
    plain = _without_tfrecords(files, said)
    if format_id == "auto":
        found = _judged(
            [Taken(each, claim) for each in _readers(known) for claim in each.claims(plain, told=False)], said
        )
    else:
        reader = _reader(known, format_id)
        found = [Taken(reader, claim) for claim in reader.claims(plain, told=True)]
        if files and not found:
            said.say("format.told_absent", "", "", f"none of {len(files):,} files is of the format {format_id}")
    _tell_rest(plain, found, said)
    return [one for each in found for one in _separated(each)]


def _separated(each: Taken) -> list[Taken]:
    """Return a claim as one claim a part, where each part declares its own categories."""
    if not getattr(each.format, "separate", False) or len(each.claim.parts) < 2:
        return [each]
    return [Taken(each.format, replace(each.claim, parts=(part,))) for part in each.claim.parts]


def _readers(known: Mapping[str, Any]) -> list[Format]:
    return [each for each in known.values() if each.reads]


def _reader(known: Mapping[str, Any], format_id: str) -> Format:
    """Return the reader of a format id; a narrower dialect is read by the format that it is a dialect of."""
    found: Format = known[format_id]
    if found.reads:
        return found
    reader: Format = known[found.id.split("_", maxsplit=1)[0]]
    return reader


def _judged(claims: list[Taken], said: Said) -> list[Taken]:
    """Return the claims that stand: no file of them is claimed better, or as well, by another format."""
    by_file: dict[str, list[Taken]] = {}
    for each in claims:
        for name in each.claim.parts:
            by_file.setdefault(name, []).append(each)
    left: dict[int, list[str]] = {}
    for name, rivals in by_file.items():
        rivals.sort(key=lambda rival: -rival.claim.confidence)
        best = rivals[0]
        tied = len(rivals) > 1 and best.claim.confidence - rivals[1].claim.confidence < TIE
        if best.claim.confidence < SURE or (tied and rivals[1].format is not best.format):
            words = "; ".join(f"{r.format.id} {r.claim.confidence:.2f} ({r.claim.why})" for r in rivals[:4])
            said.say("format.ambiguous", name, "", f"the file may be: {words}")
        else:
            left.setdefault(id(best), []).append(name)
    return [_narrowed(each, left[id(each)]) for each in claims if id(each) in left]


def _narrowed(each: Taken, parts: list[str]) -> Taken:
    kept = set(parts)
    return Taken(each.format, replace(each.claim, parts=tuple(name for name in each.claim.parts if name in kept)))


def _without_tfrecords(files: Sequence[AnnotationFile], said: Said) -> list[AnnotationFile]:
    plain = []
    for file in files:
        if file.name.lower().endswith((".tfrecord", ".record")):
            said.say("format.tfrecord_not_read", file.name, "", "TFRecord files are not read")
        else:
            plain.append(file)
    return plain


def _tell_rest(files: Sequence[AnnotationFile], found: Sequence[Taken], said: Said) -> None:
    names = {name for each in found for name in (*each.claim.parts, *each.claim.shared)}
    told = {f.file for f in said.findings() if f.code in ("format.ambiguous", "format.unreadable")}
    for file in files:
        if file.name in names or file.name in told or is_media(file.name):
            continue
        if _BESIDE.search(file.name):
            words = "it lies beside an export, and holds no annotations"
            said.say("format.unknown", file.name, "", words, severity="info", hint="Nothing to do.")
        else:
            said.say("format.unknown", file.name, "", "the file is of no annotation format that is known")


def is_media(name: str) -> bool:
    """Return whether a file that no format takes is a picture, video, sound or archive by its name."""
    return name.rsplit(".", 1)[-1].lower() in MEDIA


def tell_media(count: int, said: Said) -> None:
    """Say how many media lie among the files."""
    if count:
        said.say("format.media_left_out", "", "", f"{count:,} files are images or other media", count=count)
