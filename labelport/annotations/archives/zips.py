"""Members of a ZIP archive."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from labelport.annotations.archives.bounds import (
    MOST_MEMBERS,
    ArchiveFault,
    Refused,
    inner_name,
    name_fault,
    refuse_members,
    refuse_total,
    size_fault,
)
from labelport.annotations.files import AnnotationFile
from labelport.errors import BucketError
from labelport.storage.ranged_file import file_object

_TAIL = (1 << 16) + 22 + 20
"""Bytes at the end of an archive in which its end record stands, and the locator of a larger one."""

_END = struct.Struct("<4s4H2LH")
_LARGE_END = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY_BYTES = 46
_LOCAL_BYTES = 30
_DIRECTORY_BYTES = MOST_MEMBERS * 512
"""Most bytes of a list of members: 512 are an entry with a long name."""

_UNIX = 3
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)


def zip_members(file: AnnotationFile) -> Iterator[AnnotationFile | Refused]:
    """Yield the members of a ZIP archive in the order of its list; folders are left out.

    Raises ``ArchiveFault`` where it is damaged or beyond the bounds, and what reading the file raises. Source:
    PKWARE's APPNOTE 6.3.10, 4.3 and 4.4.
    """
    _refuse_large_list(file)
    source = file_object(file.read, file.size)
    try:
        archive = zipfile.ZipFile(source)
    except _READ_ERRORS as error:
        raise ArchiveFault("it is damaged or cut short: its list of members cannot be read") from error
    entries = archive.infolist()
    refuse_members(len(entries))
    _refuse_overlaps(entries, file.size)
    unpacked = 0
    for entry in entries:
        if entry.is_dir():
            continue
        why = _fault(entry)
        if why:
            yield Refused(entry.filename, why)
            continue
        unpacked += entry.file_size
        refuse_total(unpacked)
        name = f"{file.name}/{inner_name(entry.filename)}"
        yield AnnotationFile(name, entry.file_size, file.token, partial(_read, archive, entry, name), within=file)


def _refuse_large_list(file: AnnotationFile) -> None:
    """Raise ``ArchiveFault`` before anything is made of a list of too many members, whatever count it claims."""
    start = max(file.size - _TAIL, 0)
    ending = file.read(start, file.size - start)
    at = ending.rfind(b"PK\x05\x06")
    if at < 0 or len(ending) - at < _END.size:
        raise ArchiveFault("it is damaged or cut short: it has no end record")
    count, size, offset = _END.unpack_from(ending, at)[4:7]
    list_end = start + at
    if at >= _LOCATOR.size and ending[at - _LOCATOR.size : at].startswith(b"PK\x06\x07"):
        place = _LOCATOR.unpack_from(ending, at - _LOCATOR.size)[2]
        record = file.read(place, _LARGE_END.size) if place < file.size else b""
        if len(record) == _LARGE_END.size and record.startswith(b"PK\x06\x06"):
            count, size, offset = _LARGE_END.unpack(record)[7:10]
            list_end = place
    refuse_members(max(count, 0))
    if size > min(_DIRECTORY_BYTES, list_end) or offset > file.size:
        raise ArchiveFault("its list of members is larger than it can be")
    entries = file.read(list_end - size, size)
    refuse_members(min(entries.count(b"PK\x01\x02"), len(entries) // _ENTRY_BYTES))


def _refuse_overlaps(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Raise ``ArchiveFault`` where members share their packed bytes: that is how small archives grow without end."""
    places = sorted((entry.header_offset, _LOCAL_BYTES + entry.compress_size) for entry in entries)
    ends = [*((start, length) for start, length in places), (size, 0)]
    if any(start < 0 or start + length > following for (start, length), (following, _) in pairwise(ends)):
        raise ArchiveFault("its members overlap, or reach beyond its end")


def _fault(entry: zipfile.ZipInfo) -> str | None:
    # orig_filename: zipfile cuts a name at its first NUL.
    named = name_fault(inner_name(entry.orig_filename)) or name_fault(inner_name(entry.filename))
    if named:
        return named
    mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link" if stat.S_ISLNK(mode) else "it is no file"
    if entry.flag_bits & 0x2041:
        return "it is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"it is packed by the method {entry.compress_type}; stored and deflated ones are read"
    return size_fault(entry.compress_size, entry.file_size)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, start: int, length: int) -> bytes:
    wanted = min(length, max(entry.file_size - start, 0))
    try:
        with archive.open(entry) as member:
            if start:
                member.seek(start, io.SEEK_SET)
            body = member.read(wanted)
    except _READ_ERRORS as error:
        raise BucketError(f"{name!r} cannot be unpacked: the archive is damaged") from error
    if len(body) != wanted:
        raise BucketError(f"{name!r} cannot be unpacked: it has fewer bytes than the archive says")
    return body
