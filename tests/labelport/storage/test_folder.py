import errno
import fcntl
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from labelport.errors import BucketError, ObjectAbsent, ObjectChanged, PreconditionFailed
from labelport.storage import unfinished
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.keys import RESERVED
from labelport.testing.bucket import BucketContract, keys_of, rows_of


class TestFolderBucket(BucketContract):
    holds_a_key_beside_its_folder = False
    holds_keys_that_are_no_paths = False
    bad_keys = (
        "", "/", "..", "../out", "a/../../out", "a/..", "/etc/passwd", ".", "./a", "a//b", "a/", "nul\0", "\udcff",
        f"{RESERVED}/lock", f"a/{RESERVED}/b", "x" * 300,
    )  # fmt: skip

    @pytest.fixture
    def bucket(self, tmp_path: Path) -> Bucket:
        return FolderBucket(str(tmp_path))

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        path = Path(bucket.uri, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def got(self, bucket: Bucket, key: str) -> bytes | None:
        path = Path(bucket.uri, key)
        return path.read_bytes() if path.is_file() else None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "bucket"
    folder.mkdir()
    return folder


def notes(root: Path) -> dict[str, list[str]]:
    listing = FolderBucket(str(root)).list()
    list(listing)
    assert {code: len(names) for code, names in listing.notes.examples.items()} == listing.notes.counts
    return listing.notes.examples


# --- listing


def test_an_absent_folder_is_an_error_and_no_empty_listing(tmp_path: Path) -> None:
    with pytest.raises(BucketError, match="not there"):
        list(FolderBucket(str(tmp_path / "unmounted")).list())


def test_a_file_is_no_bucket(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BucketError, match="is a file"):
        list(FolderBucket(str(tmp_path / "file")).list())


def test_an_absent_prefix_of_a_folder_that_is_there_is_empty(root: Path) -> None:
    assert keys_of(FolderBucket(str(root)), "a/b") == []
    assert keys_of(FolderBucket(str(root)), "./a") == []
    with pytest.raises(BucketError, match="leads out"):
        keys_of(FolderBucket(str(root)), "../")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_listed_is_an_error_with_its_name(root: Path) -> None:
    (root / "good").write_bytes(b"")
    (root / "locked").mkdir(mode=0)
    try:
        with pytest.raises(BucketError, match="locked"):
            keys_of(FolderBucket(str(root)))
    finally:
        (root / "locked").chmod(0o700)


def test_a_folder_whose_listing_fails_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "sub").mkdir()
    real = os.scandir

    def failing(path: str) -> object:
        if path.endswith("sub/"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(BucketError, match="sub/ cannot be listed"):
        keys_of(FolderBucket(str(root)))


def test_links_out_of_the_folder_are_noted_and_not_followed(root: Path) -> None:
    secret = root.parent / "secret"
    secret.mkdir()
    (secret / "key").write_bytes(b"secret")
    (root / "folder").symlink_to(secret)
    (root / "file").symlink_to(secret / "key")
    (root / "relative").symlink_to("../secret/key")
    (root / "bucket2").symlink_to(root.parent / "bucket-with-the-same-beginning")
    bucket = FolderBucket(str(root))
    assert keys_of(bucket) == []
    assert sorted(notes(root)["inventory.link_outside"]) == ["bucket2", "file", "folder", "relative"]
    assert keys_of(bucket, "folder/") == []
    for key in ("folder/key", "file", "relative"):
        with pytest.raises(ObjectAbsent):
            bucket.get(key)
        with pytest.raises(ObjectAbsent):
            bucket.head(key)
    with pytest.raises(ObjectAbsent):
        bucket.put("folder/new", b"")
    with pytest.raises(ObjectAbsent):
        bucket.delete("folder/key")
    assert [path.name for path in secret.iterdir()] == ["key"]


def test_circles_of_folders_end_and_each_file_is_listed_once(root: Path) -> None:
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/file").write_bytes(b"1")
    (root / "a/b/up").symlink_to("..")
    (root / "a/b/self").symlink_to(".")
    (root / "again").symlink_to("a")
    (root / "knot").symlink_to("knot")
    assert keys_of(FolderBucket(str(root))) == ["a/b/file"]
    noted = notes(root)
    assert sorted(noted["inventory.link_to_folder"]) == ["a/b/self", "a/b/up", "again"]
    assert noted["inventory.link_broken"] == ["knot"]


def test_a_link_to_a_file_of_the_folder_is_an_object_like_its_target(root: Path) -> None:
    (root / "blobs").mkdir()
    (root / "blobs/4f2a").write_bytes(b"12345")
    (root / "image.png").symlink_to("blobs/4f2a")
    bucket = FolderBucket(str(root))
    assert [(row["key"], row["size"]) for row in rows_of(bucket)] == [("blobs/4f2a", 5), ("image.png", 5)]
    assert bucket.read_range("image.png", 0, 2, token=bucket.head("image.png").token) == b"12"
    bucket.copy("image.png", "copy.png")
    assert not (root / "copy.png").is_symlink()


def test_the_root_itself_may_be_a_link(root: Path) -> None:
    (root / "x").write_bytes(b"1")
    (root.parent / "door").symlink_to(root)
    bucket = FolderBucket(str(root.parent / "door"))
    assert keys_of(bucket) == ["x"]
    assert bucket.get("x").body == b"1"


def test_what_is_no_file_is_noted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # the path of a socket has 108 bytes at most
    with socket.socket(socket.AF_UNIX) as open_socket:
        open_socket.bind("socket")
    assert keys_of(FolderBucket(str(root))) == []
    assert sorted(notes(root)["inventory.not_a_file"]) == ["pipe", "socket"]
    with pytest.raises(ObjectAbsent):
        FolderBucket(str(root)).get("pipe")


def test_names_that_are_not_utf8_are_noted_and_left_out(root: Path) -> None:
    try:
        (root / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"")
        (root / os.fsdecode(b"\xff")).mkdir()
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    (root / os.fsdecode(b"\xff") / "inside").write_bytes(b"")
    (root / "good").write_bytes(b"")
    assert keys_of(FolderBucket(str(root))) == ["good"]
    assert sorted(notes(root)["inventory.name_not_utf8"]) == ["\\xff", "caf\\xe9.jpg"]


def vanishing(root: Path, monkeypatch: pytest.MonkeyPatch, name: str, vanish: Callable[[], object]) -> None:
    """Let something vanish after the folder gave its name and before it is looked at."""
    import labelport.storage.walk as module

    real = module.is_utf8

    def looked_at(given: str) -> bool:
        if given == name:
            vanish()
        return real(given)

    monkeypatch.setattr(module, "is_utf8", looked_at)


def test_a_file_that_vanishes_while_the_folder_is_listed_is_counted(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "stays").write_bytes(b"")
    (root / "goes").write_bytes(b"")
    vanishing(root, monkeypatch, "goes", (root / "goes").unlink)
    listing = FolderBucket(str(root)).list()
    assert [key for batch in listing for key in batch.column("key").to_pylist()] == ["stays"]
    assert listing.notes.counts == {"inventory.vanished": 1}


def test_a_folder_that_vanishes_while_its_parent_is_listed_is_counted(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "goes").mkdir()
    vanishing(root, monkeypatch, "goes", (root / "goes").rmdir)
    listing = FolderBucket(str(root)).list()
    assert list(listing) == []
    assert listing.notes.counts == {"inventory.vanished": 1}


def test_a_root_that_becomes_another_folder_fails_the_listing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "x").write_bytes(b"")

    def remount() -> None:
        root.rename(root.parent / "old")
        root.mkdir()

    vanishing(root, monkeypatch, "x", remount)
    with pytest.raises(BucketError, match="another folder"):
        keys_of(FolderBucket(str(root)))


def test_times_that_no_calendar_has_are_null_and_still_part_of_the_token(root: Path) -> None:
    (root / "old").write_bytes(b"1")
    os.utime(root / "old", ns=(-5_000_000_000, -5_000_000_000))
    [row] = rows_of(FolderBucket(str(root)))
    assert row["last_modified"].isoformat() == "1969-12-31T23:59:55+00:00"
    assert row["token"] == "1--12a05f200"


def test_folders_that_are_not_to_be_entered_are_not(root: Path) -> None:
    for key in ("derived/x", "derived2/x", "a/derived/x"):
        (root / key).parent.mkdir(parents=True)
        (root / key).write_bytes(b"")
    assert keys_of(FolderBucket(str(root), without=["derived/"])) == ["a/derived/x", "derived2/x"]


# --- reading


def test_a_file_that_is_cut_short_while_it_is_read_has_changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "x").write_bytes(b"0123456789")
    bucket = FolderBucket(str(root))
    token = bucket.head("x").token
    real = os.pread

    def cut(descriptor: int, length: int, start: int) -> bytes:
        os.truncate(root / "x", 5)
        return real(descriptor, length, start)

    monkeypatch.setattr(os, "pread", cut)
    with pytest.raises(ObjectChanged):
        bucket.read_range("x", 0, 10, token=token)


def test_the_token_is_size_and_time_in_hex(root: Path) -> None:
    (root / "x").write_bytes(b"0" * 255)
    os.utime(root / "x", ns=(0, 1_700_000_000_123_456_789))
    assert FolderBucket(str(root)).head("x").token == "ff-17979cfe3d85cd15"


def test_addresses_are_frozen(root: Path) -> None:
    bucket = FolderBucket("/data/my bucket")
    assert bucket.url("a b/ü+%~_-.jpg") == "file:///data/my%20bucket/a%20b/%C3%BC%2B%25~_-.jpg"
    assert FolderBucket("/").url("x") == "file:///x"


# --- writing


def test_a_killed_put_is_in_no_listing_and_the_next_writer_cleans_up(root: Path) -> None:
    script = (
        "import os, sys; from labelport.storage import unfinished;"
        "folder = unfinished.reserved_folder(sys.argv[1]); unfinished.written(folder, b'half');"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(root)], check=False)
    left = list((root / RESERVED).iterdir())
    assert len(left) == 1
    assert keys_of(FolderBucket(str(root))) == []
    FolderBucket(str(root)).put("x", b"")
    assert [path.name for path in (root / RESERVED).iterdir()] == ["lock"]


def test_the_file_of_a_put_that_still_runs_is_left_alone(root: Path) -> None:
    path, descriptor = unfinished.written(unfinished.reserved_folder(str(root)), b"half")
    try:
        FolderBucket(str(root)).put("x", b"")
        assert Path(path).read_bytes() == b"half"
    finally:
        os.close(descriptor)


def test_a_full_disk_leaves_the_old_object_and_says_where(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = FolderBucket(str(root))
    bucket.put("x", b"old")

    def full(descriptor: int, body: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(BucketError, match=r"x cannot be written \(No space left"):
        bucket.put("x", b"new")
    monkeypatch.undo()
    assert bucket.get("x").body == b"old"
    assert [path.name for path in (root / RESERVED).iterdir()] == ["lock"]


def test_a_put_into_a_root_that_is_gone_does_not_make_it(tmp_path: Path) -> None:
    with pytest.raises(BucketError, match="mounted"):
        FolderBucket(str(tmp_path / "unmounted")).put("x", b"")
    assert not (tmp_path / "unmounted").exists()


def without_locks(descriptor: int, operation: int) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


def test_without_locks_conditional_puts_are_refused_with_the_remedy(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", without_locks)
    bucket = FolderBucket(str(root))
    with pytest.raises(BucketError, match=r"no locks.*Put `publish`"):
        bucket.put("CURRENT", b"1", if_none_match=True)
    bucket.put("x", b"1")
    bucket.copy("x", "y")
    bucket.delete("x")
    assert keys_of(bucket) == ["y"]


def test_without_links_a_copy_moves_bytes_and_keeps_the_token(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(source: str, target: str) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    bucket = FolderBucket(str(root))
    bucket.put("x", b"1")
    bucket.copy("x", "y")
    assert bucket.head("y").token == bucket.head("x").token
    assert (root / "x").stat().st_ino != (root / "y").stat().st_ino


def test_with_links_a_copy_moves_no_bytes(root: Path) -> None:
    bucket = FolderBucket(str(root))
    bucket.put("x", b"1")
    bucket.copy("x", "y")
    assert (root / "x").stat().st_ino == (root / "y").stat().st_ino


def test_deleting_takes_empty_folders_away_and_never_the_root(root: Path) -> None:
    bucket = FolderBucket(str(root))
    bucket.put("a/b/c", b"")
    bucket.put("a/d", b"")
    bucket.delete("a/b/c")
    assert not (root / "a/b").exists()
    bucket.delete("a/d")
    assert not (root / "a").exists()
    assert root.exists()


def test_puts_and_deletes_in_one_folder_do_not_trip_over_each_other(root: Path) -> None:
    faults: list[Exception] = []

    def churn(name: str) -> None:
        bucket = FolderBucket(str(root))
        try:
            for _ in range(30):
                bucket.put(f"a/b/{name}", b"")
                bucket.delete(f"a/b/{name}")
        except Exception as error:  # told below, in the thread of the test
            faults.append(error)

    threads = [threading.Thread(target=churn, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert keys_of(FolderBucket(str(root))) == []


@pytest.mark.slow
def test_of_several_processes_exactly_one_writes_first(root: Path) -> None:
    script = (
        "import sys; from labelport.storage.folder import FolderBucket;"
        "sys.stdin.readline(); FolderBucket(sys.argv[1]).put('CURRENT', sys.argv[2].encode(), if_none_match=True)"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(root), str(number)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for number in range(4)
    ]
    answers = [writer.communicate(b"go\n")[1] for writer in writers]
    codes = [writer.returncode for writer in writers]
    assert sorted(codes) == [0, 1, 1, 1]
    assert sum(PreconditionFailed.__name__.encode() in answer for answer in answers) == 3
    assert (root / "CURRENT").read_bytes() == str(codes.index(0)).encode()
