"""Where the files of an export go: a folder, an archive, memory.

All have ``open(name)`` for a file that is written in pieces and ``put(name, body)`` for a small one, and are
closed at the end: an export is there when it is closed, and an export that failed leaves nothing that looks
whole.
"""

import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from labelport.annotations.outputs_tar import TarOutput
from labelport.annotations.outputs_zip import ZipOutput
from labelport.annotations.written_once import WrittenOnce

__all__ = ["FolderOutput", "MemoryOutput", "TarOutput", "ZipOutput"]

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class FolderOutput:
    """Writes the files below a folder.

    They are written in a folder of their own beside it, or inside of it where it is there already, and are moved
    to their place by ``close``: whoever looks sees the export before or after, never a part of it, and a small
    file costs no more than to create it. Files of the folder that the export does not name stay as they are.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._names = WrittenOnce()
        self._draft: Path | None = None
        self._folders: set[str] = set()
        self._closed = False

    def put(self, name: str, body: bytes) -> None:
        """Write a small file; raises ``ValueError`` for an unsafe name or one that was written, ``OSError``."""
        path = self._place(name)
        file = os.open(path, NEW_FILE, 0o666)
        try:
            written = os.write(file, body)
            while written < len(body):
                written += os.write(file, memoryview(body)[written:])
        except BaseException:
            with suppress(OSError):
                Path(path).unlink()
            raise
        finally:
            os.close(file)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file for writing; what was written of it goes where it is left by an error."""
        path = self._place(name)
        file = os.fdopen(os.open(path, NEW_FILE, 0o666), "wb")
        try:
            with file:
                yield file
        except BaseException:
            with suppress(OSError):
                Path(path).unlink()
            raise

    def close(self) -> None:
        """Move the files to their place."""
        if self._closed:
            return
        self._closed = True
        draft = self._draft
        if draft is None:
            self.path.mkdir(parents=True, exist_ok=True)
            return
        try:
            _move(draft, self.path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def discard(self) -> None:
        """Remove what was written; the folder is as it was."""
        self._closed = True
        if self._draft is not None:
            shutil.rmtree(self._draft, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    def _place(self, name: str) -> str:
        if self._closed:
            raise ValueError("the output is closed")
        self._names.take(name)
        folder = name.rpartition("/")[0]
        if folder not in self._folders:
            self._make(folder)
        return f"{self._draft}/{name}"

    def _make(self, folder: str) -> None:
        if self._draft is None:
            home = self.path if self.path.is_dir() else self.path.parent
            home.mkdir(parents=True, exist_ok=True)
            draft = home / f".{self.path.name[:100]}.{secrets.token_hex(8)}.part"
            draft.mkdir()
            self._draft = draft
        (self._draft / folder).mkdir(parents=True, exist_ok=True)
        self._folders.add(folder)


def _move(source: Path, target: Path) -> None:
    """Move a folder's files into another one, whole folders at once where there is nothing in their place."""
    if not target.exists():
        # Not where there is one, be it empty: it may be a mount, and has an owner and rights of its own.
        source.rename(target)
        return
    with os.scandir(source) as entries:
        for entry in entries:
            place = target / entry.name
            moved = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                _move(moved, place)
            else:
                moved.replace(place)


class MemoryOutput:
    """Keeps the files in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        """Bodies by name, in the order in which they were finished."""
        self._names = WrittenOnce()

    def put(self, name: str, body: bytes) -> None:
        """Keep a file; raises ``ValueError`` for an unsafe name or one that was written."""
        self._names.take(name)
        self.files[name] = bytes(body)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file for writing; it is kept where it was left without an error."""
        self._names.take(name)
        with io.BytesIO() as file:
            yield file
            self.files[name] = file.getvalue()

    def close(self) -> None:
        """Do nothing: the files are there."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
