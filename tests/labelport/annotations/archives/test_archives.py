"""Archives opened as folders: what is read of honest ones, and what is refused of all others."""

import gzip
import io
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.archives import archive_kind, members_of
from labelport.annotations.archives.bounds import MOST_MEMBERS
from labelport.annotations.archives.opening import HEAD_BYTES
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.said import Said
from labelport.errors import BucketError

FILES = {"a.txt": b"0 0.5 0.5 1 1\n", "sub/b.xml": b"<annotation/>" * 40, "empty.txt": b"", "é/ü.json": b"[]"}
LARGE = os.urandom(300_000)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return made.getvalue()


def tarred(files: Mapping[str, bytes], kind: int = tarfile.PAX_FORMAT, *more: tarfile.TarInfo) -> bytes:
    """Return a tar archive of files, and of members without bytes."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=kind) as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
        for member in more:
            archive.addfile(member)
    return made.getvalue()


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a tar archive packed by gzip."""
    return gzip.compress(tarred(files))


def opened(body: bytes, name: str = "all.bin") -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """Return the bytes of the members of an archive by name, and pointer and words of what was refused."""
    said = Said()
    file = in_memory(name, body)
    kind = archive_kind(file.head(HEAD_BYTES))
    assert kind is not None
    members = members_of(file, kind, said)
    assert all(member.name.startswith(f"{name}/") and member.token == file.token for member in members)
    found = {member.name.removeprefix(f"{name}/"): member.read(0, member.size) for member in members}
    findings = said.findings()
    assert {found.code for found in findings} <= {"format.archive_refused"}
    return found, [(found.pointer, found.message) for found in findings]


def whole(body: bytes) -> str:
    """Return why a whole archive was refused."""
    found, refused = opened(body)
    assert found == {}
    ((pointer, message),) = refused
    assert pointer == ""
    return message


@pytest.mark.parametrize(
    "make",
    [
        zipped,
        lambda files: zipped(files, zipfile.ZIP_STORED),
        tarred,
        lambda files: tarred(files, tarfile.GNU_FORMAT),
        lambda files: tarred(files, tarfile.USTAR_FORMAT),
        packed,
    ],
    ids=["zip", "zip stored", "pax", "gnu", "ustar", "tar.gz"],
)
def test_members_are_files_wherever_they_are_read(make: Callable[[Mapping[str, bytes]], bytes]) -> None:
    files = {**FILES, "large.bin": LARGE}
    body = make(files)
    assert opened(body) == (files, [])
    kind = archive_kind(body[:HEAD_BYTES])
    assert kind is not None
    (large,) = (each for each in members_of(in_memory("x", body), kind, Said()) if each.name == "x/large.bin")
    assert large.size == len(LARGE)
    assert large.head() == LARGE[:65536]
    assert large.read(1000, 50) == LARGE[1000:1050]
    assert large.read(299_990, 50) == LARGE[299_990:]
    assert large.read(300_001, 50) == b""


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-zé0-9 ._-]{1,30}(/[a-zé0-9 _-]{1,120}){0,2}", fullmatch=True).filter(
            lambda name: not {".", ".."} & set(name.split("/"))
        ),
        st.binary(max_size=700),
        max_size=6,
    )
)
def test_the_standard_library_and_we_find_the_same_in_an_archive(files: dict[str, bytes]) -> None:
    for body in (zipped(files), tarred(files), tarred(files, tarfile.GNU_FORMAT), packed(files)):
        if archive_kind(body) is None:  # a tar archive of nothing is zeros
            assert not files
        else:
            assert opened(body) == (files, [])


def test_zip_archives_of_many_bytes_have_other_records() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"text")
    assert opened(made.getvalue()) == ({"a.txt": b"text"}, [])


@pytest.mark.slow
def test_above_65535_members_the_count_stands_in_the_larger_end_record() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(66_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    assert len(members_of(in_memory("x", made.getvalue()), "zip", Said())) == 66_000


def test_an_archive_of_a_folder_begins_with_a_dot() -> None:
    assert opened(tarred({"./a.txt": b"1", "././b/c.txt": b"2"}))[0] == {"a.txt": b"1", "b/c.txt": b"2"}


def test_what_is_an_archive_is_told_by_content() -> None:
    assert archive_kind(zipped({})) == "zip"
    assert archive_kind(tarred(FILES)) == "tar"
    assert archive_kind(packed(FILES)[:HEAD_BYTES]) == "tar.gz"
    assert archive_kind(gzip.compress(b"\0" * 352 + b"volume")) is None, "a packed volume"
    assert archive_kind(b"\x1f\x8b broken") is None
    for body in (b"", b"{}", b"name,label\n", b"PK", b"\0" * 4096, b"0 0.5 0.5 1 1\n" * 100):
        assert archive_kind(body) is None
    assert archive_kind(b"BZh91AY&SY") == "bzip2"
    assert "archives of the kind 7z are not read" in whole(b"7z\xbc\xaf\x27\x1c\0\4")


def test_an_archive_in_an_archive_is_a_file() -> None:
    inner = zipped(FILES)
    assert opened(zipped({"inner.zip": inner})) == ({"inner.zip": inner}, [])


@pytest.mark.parametrize(
    "name", ["../x.txt", "a/../../x.txt", "a\\..\\x.txt", "/etc/x.txt", "\\\\host\\x.txt", "C:\\x.txt"]
)
@pytest.mark.parametrize("make", [zipped, tarred, packed], ids=["zip", "tar", "tar.gz"])
def test_names_that_lead_out_are_refused_and_the_rest_is_read(make: Callable[..., bytes], name: str) -> None:
    found, ((pointer, message),) = opened(make({name: b"out", "good.txt": b"in"}))
    assert found == {"good.txt": b"in"}
    assert pointer == name
    assert "leads out of the archive" in message or "absolute path" in message


def test_links_and_devices_are_refused() -> None:
    link = zipfile.ZipInfo("link.txt")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    made = io.BytesIO(zipped({"good.txt": b"1"}))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert opened(made.getvalue()) == (
        {"good.txt": b"1"},
        [("link.txt", "a member of the archive was not opened: it is a link")],
    )
    members = []
    for name, kind in [
        ("soft", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("pipe", tarfile.FIFOTYPE),
        ("disk", tarfile.BLKTYPE),
    ]:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        members.append(member)
    found, refused = opened(tarred({"good.txt": b"1"}, tarfile.GNU_FORMAT, *members))
    assert found == {"good.txt": b"1"}
    assert [(pointer, message.rsplit(": ", 1)[1]) for pointer, message in refused] == [
        ("soft", "it is a link"),
        ("hard", "it is a link"),
        ("pipe", "it is no file"),
        ("disk", "it is no file"),
    ]


def test_folders_are_no_members() -> None:
    folder = tarfile.TarInfo("labels")
    folder.type = tarfile.DIRTYPE
    assert opened(tarred({"labels/a.txt": b"1"}, tarfile.PAX_FORMAT, folder)) == ({"labels/a.txt": b"1"}, [])
    assert opened(zipped({"labels/": b"", "labels/a.txt": b"1"})) == ({"labels/a.txt": b"1"}, [])


def test_a_member_that_bursts_is_not_unpacked() -> None:
    body = zipped({"bomb.txt": b"\0" * 20_000_000, "good.txt": b"1"})
    assert len(body) < 30_000
    tracemalloc.start()
    found, ((pointer, message),) = opened(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == {"good.txt": b"1"}
    assert pointer == "bomb.txt"
    assert "200 times is the most" in message
    assert peak < 5_000_000


def test_a_packed_tar_that_bursts_is_refused_before_it_has_burst() -> None:
    body = packed({"bomb.txt": b"\0" * 100_000_000})
    tracemalloc.start()
    message = whole(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "it grows beyond 200 times its size" in message
    assert peak < 60_000_000


def test_members_that_share_their_bytes_are_refused() -> None:
    body = zipped({"a.txt": LARGE})
    start = body.rindex(b"PK\x01\x02")
    end = body.rindex(b"PK\x05\x06")
    entry = body[start:end]
    twice = body[:start] + entry + entry.replace(b"a.txt", b"b.txt")
    count, size = 2, 2 * len(entry)
    twice += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, start, 0)
    assert "overlap" in whole(twice)


def _with_size(body: bytes, size: int) -> bytes:
    """Return a ZIP archive of one member whose list says another unpacked size."""
    at = body.rindex(b"PK\x01\x02") + 24
    return body[:at] + struct.pack("<L", size) + body[at + 4 :]


@pytest.mark.parametrize("size", [10, 2000])
def test_a_member_whose_size_is_a_lie_is_no_part_of_what_is_read(size: int) -> None:
    said = Said()
    (member,) = members_of(in_memory("x.zip", _with_size(zipped({"a.txt": b"0123456789" * 100}), size)), "zip", said)
    assert member.size == size
    with pytest.raises(BucketError, match="cannot be unpacked"):
        member.read(0, member.size)


def test_an_encrypted_member_is_refused() -> None:
    body = bytearray(zipped({"a.txt": b"text", "good.txt": b"1"}))
    at = body.index(b"PK\x01\x02") + 8
    body[at] |= 1
    assert opened(bytes(body)) == (
        {"good.txt": b"1"},
        [("a.txt", "a member of the archive was not opened: it is encrypted")],
    )


def test_a_method_that_is_not_read_is_named() -> None:
    found, ((pointer, message),) = opened(zipped({"a.txt": b"text"}, zipfile.ZIP_BZIP2))
    assert (found, pointer) == ({}, "a.txt")
    assert "packed by the method 12" in message


def test_members_of_one_name_are_all_refused() -> None:
    made = io.BytesIO(zipped({"a.txt": b"1", "b.txt": b"2"}))
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.txt", b"3")
    for body in (made.getvalue(), tarred({"./a.txt": b"1", "b.txt": b"2", "a.txt": b"3"})):
        found, ((pointer, message),) = opened(body)
        assert (found, pointer) == ({"b.txt": b"2"}, "a.txt")
        assert "it stands there 2 times" in message


@pytest.mark.parametrize("make", [zipped, tarred, packed], ids=["zip", "tar", "tar.gz"])
def test_an_archive_cut_short_is_refused_whole(make: Callable[..., bytes]) -> None:
    body = make({"a.txt": LARGE, "b.txt": b"2"})
    for share in (0.3, 0.6, 0.95):
        assert "cut short" in whole(body[: int(len(body) * share)])


def test_a_tar_without_the_mark_of_its_end_is_cut_short() -> None:
    assert "cut short" in whole(tarred({"a.txt": b"1"})[:1024])


def test_sparse_members_are_refused_whatever_size_they_say() -> None:
    member = tarfile.TarInfo("huge.bin")
    member.type, member.size = b"S", 0
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"77777777777\0"  # real size: 8 GiB
    header[148:156] = b"%06o\0 " % sum(header[:148] + b" " * 8 + header[156:])
    found, ((pointer, message),) = opened(bytes(header) + tarred({"good.txt": b"1"}))
    assert (found, pointer) == ({"good.txt": b"1"}, "huge.bin")
    assert message.endswith("it is a sparse file")
    by_attributes = tarfile.TarInfo("huge.bin")
    by_attributes.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.realsize": str(1 << 50)}
    found, ((pointer, _),) = opened(tarred({"good.txt": b"1"}, tarfile.PAX_FORMAT, by_attributes))
    assert (found, pointer) == ({"good.txt": b"1"}, "huge.bin")


def test_a_tar_of_numbers_without_sense_is_refused() -> None:
    block = bytearray(tarfile.TarInfo("a.txt").tobuf(tarfile.GNU_FORMAT))

    def with_size(field: bytes) -> bytes:
        block[124:136] = field
        block[148:156] = b"%06o\0 " % sum(block[:148] + b" " * 8 + block[156:])
        return bytes(block) + tarred(FILES)

    assert "negative size" in whole(with_size(b"\xff" * 12))
    assert "cut short" in whole(with_size(b"77777777777\0"))
    assert "8,589,934,592 bytes together" in whole(with_size(b"\x80" + b"\0" * 4 + b"\x7f" * 7))
    huge = tarfile.TarInfo("@LongLink")
    huge.type, huge.size = b"L", 1 << 30
    assert "a header of it has" in whole(huge.tobuf(tarfile.GNU_FORMAT) + b"\0" * 10240)


@pytest.mark.parametrize("size", ["-1", "x", "1e3"])
def test_a_size_in_the_attributes_of_a_tar_must_be_a_number(size: str) -> None:
    member = tarfile.TarInfo("a.txt")
    member.pax_headers = {"size": size}
    assert "size" in whole(tarred({}, tarfile.PAX_FORMAT, member))


def test_a_million_empty_members_are_not_made_into_anything() -> None:
    local = b"PK\x03\x04" + b"\0" * 26 + b"a"
    listed = (
        struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    )
    for count in (0xFFFF, 3):  # the count that the archive says of itself: true as far as it goes, and a lie
        body = local + listed * 1_000_000
        body += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listed) * 1_000_000, len(local), 0)
        tracemalloc.start()
        message = whole(body)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert f"more than {MOST_MEMBERS:,} members" in message
        assert peak < 2 * len(body)


def test_too_many_empty_members_of_a_tar_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelport.annotations.archives.bounds.MOST_MEMBERS", 2000)
    block = tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT)
    read: list[int] = []

    def endless(start: int, length: int) -> bytes:
        read.append(length)
        return (block * (length // 512 + 2))[start % 512 :][:length]

    said = Said()
    assert members_of(AnnotationFile("x", 1 << 50, "t", endless), "tar", said) == []
    assert "more than 2,000 members" in said.findings()[0].message
    assert sum(read) < 5 << 20


def test_headers_without_members_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelport.annotations.archives.bounds.MOST_MEMBERS", 100)
    attributes = tarfile.TarInfo("x")
    attributes.type, attributes.size = b"x", 10
    block = attributes.tobuf(tarfile.GNU_FORMAT) + b"10 path=a\n".ljust(512, b"\0")
    assert "more than 100 members" in whole(block * 500)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_bytes_make_it_raise_or_give_other_than_files(data: st.DataObject) -> None:
    files = {"a.txt": b"text", "sub/b.txt": b"0123" * 50}
    body = bytearray(data.draw(st.sampled_from([zipped(files), tarred(files), packed(files)])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        action = data.draw(st.sampled_from(["flip", "cut", "insert", "double"]))
        if action == "flip":
            body[at] = data.draw(st.integers(0, 255))
        elif action == "cut":
            del body[at : at + data.draw(st.integers(1, 600))]
        elif action == "insert":
            body[at:at] = data.draw(st.binary(max_size=40))
        else:
            body += body[at:]
        if not body:
            return
    said = Said()
    file = in_memory("x", bytes(body))
    kind = archive_kind(file.head(HEAD_BYTES))
    if kind is None:
        return
    members = members_of(file, kind, said)
    assert len({member.name for member in members}) == len(members)
    for member in members:
        assert member.name.startswith("x/")
        assert ".." not in member.name.split("/")
        try:
            assert len(member.read(0, member.size)) == member.size
        except BucketError:
            assert kind == "zip", "what a tar archive gives was unpacked before"


@pytest.mark.parametrize("make", [zipped, tarred, packed], ids=["zip", "tar", "tar.gz"])
def test_listing_an_archive_in_a_bucket_takes_a_few_requests(make: Callable[..., bytes]) -> None:
    body = make({f"{number}.txt": b"0 0.5 0.5 1 1" for number in range(1000)})
    requests: list[int] = []

    def read(start: int, length: int) -> bytes:
        requests.append(start)
        return body[start : start + length]

    kind = archive_kind(body[:HEAD_BYTES])
    assert kind is not None
    members = members_of(AnnotationFile("x", len(body), "t", read), kind, Said())
    assert len(members) == 1000
    assert len(requests) <= 6
    if kind == "zip":
        assert {member.read(0, 99) for member in members} == {b"0 0.5 0.5 1 1"}
        assert len(requests) <= 8, "members that lie side by side are fetched together"


def test_what_reading_the_file_raises_is_passed_on() -> None:
    def refused(start: int, length: int) -> bytes:
        raise BucketError("no")

    for kind in ("zip", "tar", "tar.gz"):
        with pytest.raises(BucketError):
            members_of(AnnotationFile("x", 5000, "t", refused), kind, Said())
