"""Judges are tarfile, zipfile and the programs of the machine."""

import io
import os
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations import outputs_tar, outputs_zip
from labelport.annotations.outputs import FolderOutput, MemoryOutput, TarOutput, ZipOutput
from tests.needs import program

FILES = {
    "label.labels": b"bolt\nnut\n",
    "labels/tray/0007.txt": b"0 0.5 0.5 0.25 0.25\n" * 30,
    "labels/tray/empty.txt": b"",
    "labels/größe/été 日本.txt": b"1 0.5 0.5 0.25 0.25\n",
    f"labels/{'folder/' * 20}a.txt": b"split at a slash",
    f"labels/{'long' * 40}.txt": b"not to be split",
    f"{'f' * 160}/{'g' * 120}.txt": b"neither half fits",
    "x" * 100: b"just fits",
    "y" * 101: b"just does not",
    "noise.bin": bytes(range(256)) * 40,
}


def tar_files(body: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive.getmembers()}  # type: ignore[union-attr]


def zip_files(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        return {each.filename: archive.read(each) for each in archive.infolist()}


def folder_files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


class Into:
    """One kind of output, and how to read back what it made without our code."""

    def __init__(self, kind: str, home: Path) -> None:
        self.kind = kind
        self.home = home
        self.stream = io.BytesIO()
        self.memory = MemoryOutput()

    def output(self) -> Any:
        if self.kind == "folder":
            return FolderOutput(self.home / "export")
        if self.kind == "memory":
            return self.memory
        return {"tar": TarOutput, "zip": ZipOutput}[self.kind](self.stream)

    def files(self) -> dict[str, bytes]:
        if self.kind == "folder":
            return folder_files(self.home / "export")
        if self.kind == "memory":
            return self.memory.files
        return {"tar": tar_files, "zip": zip_files}[self.kind](self.stream.getvalue())


@pytest.fixture(params=["folder", "tar", "zip", "memory"])
def into(request: pytest.FixtureRequest, tmp_path: Path) -> Into:
    return Into(request.param, tmp_path)


def test_what_is_put_is_there(into: Into) -> None:
    with into.output() as output:
        for name, body in FILES.items():
            output.put(name, body)
    assert into.files() == FILES


def test_what_is_written_in_pieces_is_there(into: Into) -> None:
    with into.output() as output:
        for name, body in FILES.items():
            with output.open(name) as file:
                for at in range(0, len(body), 7):
                    file.write(body[at : at + 7])
    assert into.files() == FILES


def test_two_files_may_be_open_at_once(into: Into) -> None:
    with into.output() as output, output.open("a") as one, output.open("b") as other:
        one.write(b"1")
        other.write(b"2")
        output.put("c", b"3")
    assert into.files() == {"a": b"1", "b": b"2", "c": b"3"}


@pytest.mark.parametrize(
    "name",
    ["", "../out", "/etc/out", "a//b", "a/./b", "new\nline", "..\\out", "C:\\a\\..\\b", "\ud800", "n" * 256],
)
def test_no_name_leads_out_of_the_output(into: Into, name: str) -> None:
    with into.output() as output:
        with pytest.raises(ValueError):
            output.put(name, b"")
        with pytest.raises(ValueError), output.open(name):
            pass
    assert into.files() == {}


def test_a_name_is_written_once(into: Into) -> None:
    with into.output() as output:
        output.put("a/b", b"1")
        for again in ("a/b", "a", "a/b/c", "a/b/c/d"):
            with pytest.raises(ValueError):
                output.put(again, b"2")
            with pytest.raises(ValueError), output.open(again):
                pass
    assert into.files() == {"a/b": b"1"}


def fail(file: IO[bytes]) -> None:
    file.write(b"x" * 100_000)
    raise RuntimeError


def test_a_file_that_was_left_by_an_error_is_not_there(into: Into) -> None:
    with into.output() as output:
        output.put("before", b"1")
        with pytest.raises(RuntimeError), output.open("half") as file:
            fail(file)
        output.put("after", b"2")
    assert into.files() == {"before": b"1", "after": b"2"}


def test_a_folder_that_was_left_by_an_error_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), FolderOutput(tmp_path / "export") as output, output.open("half") as file:
        fail(file)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_was_left_by_an_error_has_no_end() -> None:
    tarred, zipped = io.BytesIO(), io.BytesIO()
    with pytest.raises(RuntimeError), ZipOutput(zipped) as zip_, zip_.open("half") as file:
        fail(file)
    with pytest.raises(RuntimeError), TarOutput(tarred) as tar, tar.open("half") as file:
        fail(file)
    assert not tarred.getvalue().endswith(bytes(1024))
    with pytest.raises(zipfile.BadZipFile):
        zip_files(zipped.getvalue())


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_equal_files_give_equal_archives(kind: str, tmp_path: Path) -> None:
    def made() -> bytes:
        into = Into(kind, tmp_path)
        with into.output() as output:
            for name, body in FILES.items():
                output.put(name, body)
            with output.open("large") as file:
                file.write(b"large" * 1000)
        return into.stream.getvalue()

    assert made() == made()


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_an_archive_goes_into_a_pipe(kind: str, tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.body = b""

        def writable(self) -> bool:
            return True

        def write(self, given: Any) -> int:
            self.body += bytes(given)
            return len(given)

    pipe = Pipe()
    kinds: dict[str, Any] = {"tar": TarOutput, "zip": ZipOutput}
    with kinds[kind](pipe) as output:
        output.put("a", b"1" * 100)
        with output.open("b") as file:
            file.write(b"2" * 100)
    assert {"tar": tar_files, "zip": zip_files}[kind](pipe.body) == {"a": b"1" * 100, "b": b"2" * 100}


def test_members_of_archives_say_nothing_of_the_machine() -> None:
    stream = io.BytesIO()
    with TarOutput(stream) as output:
        output.put("größe", b"1")
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        (member,) = archive.getmembers()
    assert (member.mtime, member.uid, member.gid, member.uname, member.mode) == (0, 0, 0, "", 0o644)
    assert member.isreg()
    stream = io.BytesIO()
    with ZipOutput(stream) as zipped:
        zipped.put("größe", b"1")
    with zipfile.ZipFile(stream) as archive_:
        (listed,) = archive_.infolist()
    assert (listed.date_time, listed.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), stat.S_IFREG | 0o644)


@pytest.mark.parametrize(("kind", "names"), [("tar", ("tar",)), ("zip", ("unzip",))])
def test_the_program_of_the_machine_unpacks_it(kind: str, names: tuple[str, ...], tmp_path: Path) -> None:
    exe = program(names[0], *names)
    into = Into(kind, tmp_path)
    with into.output() as output:
        for name, body in FILES.items():
            output.put(name, body)
    archive = tmp_path / f"export.{kind}"
    archive.write_bytes(into.stream.getvalue())
    place = tmp_path / "unpacked"
    place.mkdir()
    words = [exe, "-xf", str(archive)] if kind == "tar" else [exe, "-q", str(archive)]
    subprocess.run(words, cwd=place, check=True, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert folder_files(place) == FILES


@given(
    st.dictionaries(
        st.text(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=120
        ).filter(lambda name: name not in {".", ".."} and len(name.encode()) < 256),
        st.binary(max_size=1200),
        max_size=6,
    )
)
@settings(max_examples=80, deadline=None)
def test_any_files_come_back(files: dict[str, bytes]) -> None:
    tarred, zipped = io.BytesIO(), io.BytesIO()
    with TarOutput(tarred) as tar, ZipOutput(zipped) as zip_:
        for name, body in files.items():
            tar.put(name, body)
            zip_.put(name, body)
    assert tar_files(tarred.getvalue()) == files
    assert zip_files(zipped.getvalue()) == files


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 8**11 + 1])
def test_the_header_of_a_huge_member_says_its_size(size: int) -> None:
    start = outputs_tar.header("größe" * 40, size)
    with tarfile.open(fileobj=io.BytesIO(start + bytes(1024)), mode="r|") as archive:
        member = archive.next()
    assert member is not None
    assert (member.name, member.size) == ("größe" * 40, size)


def test_a_zip_of_more_members_than_sixteen_bits_count_is_whole() -> None:
    stream = io.BytesIO()
    with ZipOutput(stream) as output:
        for number in range(70_000):
            output.put(f"{number}.txt", b"")
    with zipfile.ZipFile(stream) as archive:
        assert len(archive.infolist()) == 70_000


def test_a_zip_beyond_four_gigabytes_says_so_in_the_fields_for_it() -> None:
    class Hole(io.RawIOBase):
        """Forgets what is written in bulk: nobody waits for five gigabytes."""

        def __init__(self) -> None:
            self.pieces: dict[int, bytes] = {}
            self.length = 0

        def writable(self) -> bool:
            return True

        def write(self, given: Any) -> int:
            if len(given) < 4096:
                self.pieces[self.length] = bytes(given)
            self.length += len(given)
            return len(given)

    class Sparse(io.RawIOBase):
        def __init__(self, hole: Hole) -> None:
            self.hole, self.at = hole, 0

        def seekable(self) -> bool:
            return True

        def readable(self) -> bool:
            return True

        def seek(self, to: int, whence: int = 0) -> int:
            self.at = to + {0: 0, 1: self.at, 2: self.hole.length}[whence]
            return self.at

        def readinto(self, into: Any) -> int:
            made = bytearray(min(len(into), self.hole.length - self.at))
            for start, piece in self.hole.pieces.items():
                for number, byte in enumerate(piece):
                    if 0 <= start + number - self.at < len(made):
                        made[start + number - self.at] = byte
            into[: len(made)] = made
            self.at += len(made)
            return len(made)

    hole = Hole()
    output = ZipOutput(hole)  # type: ignore[arg-type]
    output.put("near", b"near")
    output._offset += 5 << 30
    hole.length += 5 << 30
    output.put("far", b"far")
    output.close()
    with zipfile.ZipFile(Sparse(hole)) as archive:
        assert [archive.read(name) for name in ("near", "far")] == [b"near", b"far"]


def test_a_folder_that_is_there_keeps_its_other_files(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "mine.txt").write_bytes(b"mine")
    (tmp_path / "labels" / "a.txt").write_bytes(b"old")
    with FolderOutput(tmp_path) as output:
        output.put("labels/a.txt", b"new")
        output.put("labels/deep/b.txt", b"new")
        assert (tmp_path / "labels" / "a.txt").read_bytes() == b"old"
    assert folder_files(tmp_path) == {"labels/mine.txt": b"mine", "labels/a.txt": b"new", "labels/deep/b.txt": b"new"}


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a").symlink_to(target)
    with FolderOutput(folder) as output:
        output.put("a", b"new")
    assert (target.read_bytes(), (folder / "a").read_bytes()) == (b"precious", b"new")


def test_an_export_of_no_file_is_an_empty_folder(tmp_path: Path) -> None:
    with FolderOutput(tmp_path / "deep" / "export"):
        pass
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "export"]


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = FolderOutput(tmp_path / "export")
    output.put("whole", b"1")
    real: Callable[..., int] = os.write

    def short(file: int, body: Any) -> int:
        if len(body) < 900:
            raise OSError(28, "No space left on device")
        return real(file, bytes(body)[:100])

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(OSError, match="No space"):
        output.put("half", b"x" * 950)
    monkeypatch.undo()
    output.close()
    assert folder_files(tmp_path / "export") == {"whole": b"1"}


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., int] = os.write
    monkeypatch.setattr(os, "write", lambda file, body: real(file, bytes(body)[:100]))
    with FolderOutput(tmp_path / "export") as output:
        output.put("a", bytes(range(250)))
    monkeypatch.undo()
    assert folder_files(tmp_path / "export") == {"a": bytes(range(250))}


def test_the_rights_of_files_are_those_of_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a").touch()
    with FolderOutput(tmp_path / "export") as output:
        output.put("a", b"")
    assert (tmp_path / "export").stat().st_mode == plain.stat().st_mode
    assert (tmp_path / "export" / "a").stat().st_mode == (plain / "a").stat().st_mode


def test_a_zip_member_that_grows_by_deflate_is_stored() -> None:
    stream = io.BytesIO()
    with ZipOutput(stream) as output:
        output.put("noise", os.urandom(4000))
        output.put("text", b"0 0.5 0.5 " * 100)
    with zipfile.ZipFile(stream) as archive:
        assert [e.compress_type for e in archive.infolist()] == [outputs_zip.STORED, outputs_zip.DEFLATED]


def test_a_closed_output_takes_nothing(into: Into) -> None:
    if into.kind == "memory":
        pytest.skip("there is nothing to close")
    output = into.output()
    output.close()
    output.close()
    with pytest.raises(ValueError, match="closed"):
        output.put("a", b"")
