"""Members of a tar archive, plain or packed by gzip."""

import gzip
import tarfile
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Protocol

from labelport.annotations.archives.bounds import (
    MOST_RATIO,
    ArchiveFault,
    Refused,
    inner_name,
    name_fault,
    refuse_members,
    refuse_total,
)
from labelport.annotations.files import AnnotationFile
from labelport.storage.ranged_file import file_object

BLOCK = 512
MOST_HEADER = 1 << 20
"""Bytes of a header's long name or attributes."""

IN_MEMORY = 64 << 20
"""Bytes of unpacked members that are kept in memory; more lie in a file without a name."""

_SLACK = 1 << 20
"""Bytes that may be unpacked of the smallest archive: tar pads to whole records."""

HEADERS_OF_A_MEMBER = 4
"""Headers that a member may have: its own, those of a long name and a long link, and of attributes."""

_LONG_NAME, _LONG_LINK, _SPARSE = b"L", b"K", b"S"
_ATTRIBUTES = (b"x", b"X", b"g")
_FILES = (b"0", b"\0", b"7")
_FOLDER = b"5"
_LINKS = (b"1", b"2")
_WITHOUT_BYTES = (*_LINKS, b"3", b"4", _FOLDER, b"6")
"""Types behind whose header nothing follows, whatever size it says."""
_COPY = 1 << 20


class _Source(Protocol):
    """Bytes read forward."""

    def read(self, size: int, /) -> bytes: ...

    def skip(self, size: int) -> None:
        """Go on; beyond the end is no error."""

    def kept(self, size: int) -> "_Kept":
        """Go on over a member, and return where its bytes can be read again."""


class _Kept(Protocol):
    """Bytes of a member."""

    def __call__(self, start: int, length: int, /) -> bytes: ...


@dataclass
class _Plain:
    """A tar archive that can be read at any place."""

    file: AnnotationFile
    stream: IO[bytes]

    def read(self, size: int, /) -> bytes:
        return self.stream.read(size)

    def skip(self, size: int) -> None:
        self.stream.seek(size, 1)

    def kept(self, size: int) -> _Kept:
        start = self.stream.tell()
        if start + size > self.file.size:
            raise ArchiveFault("it is cut short")
        self.skip(size)
        return partial(_range, self.file, start, size)


def _range(file: AnnotationFile, first: int, size: int, start: int, length: int) -> bytes:
    return file.read(first + start, max(min(length, size - start), 0))


class _Packed:
    """A packed tar archive: it is unpacked once, and its members are kept in a file without a name."""

    def __init__(self, file: AnnotationFile) -> None:
        self._stream = gzip.GzipFile(fileobj=file_object(file.read, file.size))
        self._most = file.size * MOST_RATIO + _SLACK
        self._unpacked = 0
        self._store = _Store()

    def read(self, size: int, /) -> bytes:
        self._unpacked += size
        if self._unpacked > self._most:
            raise ArchiveFault(f"it grows beyond {MOST_RATIO} times its size")
        return self._stream.read(size)

    def skip(self, size: int) -> None:
        while size > 0 and (part := self.read(min(size, _COPY))):
            size -= len(part)

    def kept(self, size: int) -> _Kept:
        start = self._store.size
        left = size
        while left:
            part = self.read(min(left, _COPY))
            if not part:
                raise ArchiveFault("it is cut short")
            self._store.add(part)
            left -= len(part)
        return partial(self._store.read, start, size)


class _Store:
    """Unpacked bytes, gone with the last file that reads them."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  -- it lives as long as its members
        self._lock = threading.Lock()
        self.size = 0
        weakref.finalize(self, self._file.close)

    def add(self, part: bytes) -> None:
        self._file.write(part)
        self.size += len(part)

    def read(self, first: int, size: int, start: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(first + start)
            return self._file.read(max(min(length, size - start), 0))


@dataclass
class _Next:
    """What the headers before a member say of it."""

    name: str | None = None
    size: int | None = None
    sparse: bool = False
    own: dict[str, str] = field(default_factory=dict)


def tar_members(file: AnnotationFile, *, packed: bool) -> Iterator[AnnotationFile | Refused]:
    """Yield the members of a tar archive in its order; folders are left out.

    Raises ``ArchiveFault`` where it is damaged, cut short or beyond the bounds, and what reading the file
    raises. Sources: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar's manual,
    "Basic Tar Format".
    """
    source: _Source = _Packed(file) if packed else _Plain(file, file_object(file.read, file.size))
    try:
        yield from _members(file, source)
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise ArchiveFault("it is damaged or cut short") from error


def _members(file: AnnotationFile, source: _Source) -> Iterator[AnnotationFile | Refused]:
    headers = count = unpacked = 0
    said = _Next()
    while (header := _header(source)) is not None:
        headers += 1
        refuse_members(headers // HEADERS_OF_A_MEMBER)
        if header.type in (_LONG_NAME, _LONG_LINK, *_ATTRIBUTES):
            said = _with_attributes(said, header, source)
            continue
        name = inner_name(header.name if said.name is None else said.name)
        size = header.size if said.size is None else said.size
        count += 1
        refuse_members(count)
        why = _fault(header, sparse=said.sparse) or name_fault(name)
        if header.type in _FILES and not why:
            unpacked += size
            refuse_total(unpacked)
            yield AnnotationFile(f"{file.name}/{name}", size, file.token, source.kept(size), within=file)
            source.skip(-size % BLOCK)
        elif header.type != _FOLDER:
            yield Refused(name, why or "")
        if header.type not in _WITHOUT_BYTES and (why or header.type not in _FILES):
            source.skip(size + -size % BLOCK)
        said = _Next()


def _header(source: _Source) -> tarfile.TarInfo | None:
    """Return the next header, or null at the mark of the end."""
    block = source.read(BLOCK)
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # it is not in typeshed
        return None
    except (tarfile.HeaderError, ValueError, OverflowError) as error:
        raise ArchiveFault("it is damaged or cut short") from error
    if header.size < 0:
        raise ArchiveFault("a member has a negative size")
    extended = header.type == _SPARSE and block[482]
    while extended:
        block = source.read(BLOCK)
        extended = len(block) == BLOCK and block[504]
    return header


def _with_attributes(said: _Next, header: tarfile.TarInfo, source: _Source) -> _Next:
    """Return what is known of the next member with what a header of attributes adds."""
    if header.size > MOST_HEADER:
        raise ArchiveFault(f"a header of it has {header.size:,} bytes")
    body = source.read(header.size)
    source.skip(-header.size % BLOCK)
    if header.type == _LONG_NAME:
        return _Next(body.rstrip(b"\0").decode("utf-8", "surrogateescape"), said.size, said.sparse)
    if header.type in (b"x", b"X"):
        given = dict(_records(body))
        sparse = said.sparse or any(name.startswith("GNU.sparse.") for name in given)
        try:
            size = int(given["size"]) if "size" in given else said.size
        except ValueError as error:
            raise ArchiveFault("a member's size is no number") from error
        if size is not None and size < 0:
            raise ArchiveFault("a member has a negative size")
        return _Next(given.get("path", said.name), size, sparse)
    return said


def _records(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the records of a pax header: ``<length> <name>=<value>\\n``."""
    at = 0
    while at < len(body):
        blank = body.find(b" ", at, at + 20)
        digits = body[at:blank] if blank > 0 else b""
        length = int(digits) if digits.isdigit() else 0
        record = body[blank + 1 : at + length]
        name, sign, value = record.partition(b"=")
        if not sign or not value.endswith(b"\n"):
            raise ArchiveFault("the attributes of a member cannot be read")
        yield name.decode("utf-8", "surrogateescape"), value[:-1].decode("utf-8", "surrogateescape")
        at += length


def _fault(header: tarfile.TarInfo, *, sparse: bool) -> str | None:
    if header.type in _LINKS:
        return "it is a link"
    if sparse or header.type == _SPARSE:
        return "it is a sparse file"
    if header.type not in (*_FILES, _FOLDER):
        return "it is no file"
    return None
