"""Which files are archives, and their members as annotation files."""

import tarfile
import zlib
from collections import Counter

from labelport.annotations.archives.bounds import ArchiveFault, Refused
from labelport.annotations.archives.tars import BLOCK, tar_members
from labelport.annotations.archives.zips import zip_members
from labelport.annotations.files import AnnotationFile
from labelport.annotations.said import Said

HEAD_BYTES = 4096
"""Of a file: by these it is told what kind of archive it is."""

_UNREAD = (
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


def archive_kind(head: bytes) -> str | None:
    """Return ``zip``, ``tar``, ``tar.gz``, the name of a kind that is not read, or null: by content.

    ``head``: the first ``HEAD_BYTES``. A file packed by gzip that is no tar archive (``.nii.gz``) is none.
    """
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        try:
            return "tar.gz" if _is_tar(zlib.decompressobj(31).decompress(head, BLOCK)) else None
        except zlib.error:
            return None
    if _is_tar(head):
        return "tar"
    return next((kind for magic, kind in _UNREAD if head.startswith(magic)), None)


def _is_tar(head: bytes) -> bool:
    """Return whether a file begins with a header of tar: of any age, its checksum fits."""
    try:
        tarfile.TarInfo.frombuf(head[:BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError):
        return False
    return True


def members_of(file: AnnotationFile, kind: str, said: Said) -> list[AnnotationFile]:
    """Return the members of an archive called ``archive.zip/member``; ``kind``: of ``archive_kind``.

    What is not opened is a finding, with the member's name as pointer. Of an archive that is damaged or beyond
    the bounds nothing is read. Raises what reading the file raises.
    """
    try:
        if kind == "zip":
            found = list(zip_members(file))
        elif kind in ("tar", "tar.gz"):
            found = list(tar_members(file, packed=kind == "tar.gz"))
        else:
            raise ArchiveFault(f"archives of the kind {kind} are not read; zip, tar and tar.gz are")
    except ArchiveFault as fault:
        said.say("format.archive_refused", file.name, "", f"the archive was not opened: {fault}")
        return []
    for each in found:
        if isinstance(each, Refused):
            _refuse(file, each.name, each.why, said)
    members = [each for each in found if isinstance(each, AnnotationFile)]
    counts = Counter(member.name for member in members)
    for name, count in counts.items():
        if count > 1:
            why = f"it stands there {count:,} times, and programs differ in which of them they take"
            _refuse(file, name.removeprefix(f"{file.name}/"), why, said)
    return [member for member in members if counts[member.name] == 1]


def _refuse(file: AnnotationFile, name: str, why: str, said: Said) -> None:
    shown = name.encode("utf-8", "replace").decode()
    said.say("format.archive_refused", file.name, shown, f"a member of the archive was not opened: {why}")
