import gzip
import io
import lzma
import tarfile
import timeit
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labelport.probing.sniff import Sniffed, extension_mismatch, extension_of, sniff
from tests.media import clip, photo, sound


def sniffed(content: bytes, key: str = "x") -> Sniffed:
    return sniff(content[: 32 << 10], len(content), key)


@pytest.mark.parametrize(
    ("kind", "name", "mime"),
    [
        ("JPEG", "jpeg", "image/jpeg"),
        ("PNG", "png", "image/png"),
        ("GIF", "gif", "image/gif"),
        ("BMP", "bmp", "image/bmp"),
        ("TIFF", "tiff", "image/tiff"),
        ("WEBP", "webp", "image/webp"),
        ("PPM", "ppm", "image/x-portable-pixmap"),
        ("JPEG2000", "jp2", "image/jp2"),
        ("ICO", "ico", "image/x-icon"),
        ("AVIF", "avif", "image/avif"),
    ],
)
def test_images_are_told_by_their_first_bytes(kind: str, name: str, mime: str) -> None:
    assert sniffed(photo(kind)) == ("image", name, mime)


def test_an_animated_png_has_its_own_mime_type() -> None:
    assert sniffed(photo("PNG", frames=3)) == ("image", "png", "image/apng")


@pytest.mark.parametrize(
    ("container", "name", "mime"),
    [
        ("mp4", "mp4", "video/mp4"),
        ("mov", "mov", "video/quicktime"),
        ("matroska", "matroska", "video/x-matroska"),
        ("webm", "webm", "video/webm"),
        ("avi", "avi", "video/x-msvideo"),
        ("mpegts", "mpegts", "video/mp2t"),
        ("mpeg", "mpeg", "video/mpeg"),
        ("asf", "asf", "video/x-ms-asf"),
        ("3gp", "3gp", "video/3gpp"),
    ],
)
def test_containers_are_told_by_their_first_bytes(container: str, name: str, mime: str) -> None:
    assert sniffed(clip(container, frames=3)) == ("video", name, mime)


def test_an_old_movie_begins_with_its_boxes() -> None:
    movie = clip("mov", frames=3)
    length = int.from_bytes(movie[:4], "big")
    assert sniffed(movie[length:]).format == "mov"


def test_transport_packets_of_192_bytes_are_known() -> None:
    stream = clip("mpegts", frames=3)
    timed = b"".join(bytes(4) + stream[at : at + 188] for at in range(0, len(stream), 188))
    assert sniffed(timed).format == "mpegts"


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("wav", "pcm_s16le", "wav"),
        ("mp3", "libmp3lame", "mp3"),
        ("flac", "flac", "flac"),
        ("ogg", "libopus", "ogg"),
        ("adts", "aac", "aac"),
        ("aiff", "pcm_s16be", "aiff"),
    ],
)
def test_sound_is_told_by_its_first_bytes(container: str, codec: str, name: str) -> None:
    assert sniffed(sound(container, codec=codec))[:2] == ("audio", name)


def test_an_mp3_without_a_tag_is_told_by_frames_in_a_row() -> None:
    tagged = sound("mp3", codec="libmp3lame")
    frames = tagged[10 + tagged[9] :]
    assert frames[0] == 0xFF
    assert sniffed(frames).format == "mp3"


def archives() -> dict[str, bytes]:
    zipped, book, tarred = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("a.png", photo("PNG"))
    with zipfile.ZipFile(book, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<w/>")
    with tarfile.open(fileobj=tarred, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("a"))
    return {
        "zip": zipped.getvalue(),
        "docx": book.getvalue(),
        "tar": tarred.getvalue(),
        "gzip": gzip.compress(b"words"),
        "xz": lzma.compress(b"words"),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(30),
    }


@pytest.mark.parametrize("name", list(archives()))
def test_archives_are_named_and_not_opened(name: str) -> None:
    assert sniffed(archives()[name])[:2] == ("archive", name)


def nifti(order: str, magic: bytes = b"n+1\x00") -> bytes:
    length = (348).to_bytes(4, "little" if order == "<" else "big")
    return length + bytes(340) + magic + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_nifti_is_told_in_both_byte_orders_compressed_or_not(order: str) -> None:
    assert sniffed(nifti(order)).format == "nifti1"
    assert sniffed(gzip.compress(nifti(order))).format == "nifti1"
    assert sniffed(nifti(order, b"ni1\x00")).kind == "nifti"


def test_a_compressed_bomb_is_inflated_by_a_few_bytes_only() -> None:
    bomb = gzip.compress(bytes(64 << 20), compresslevel=9)
    spent = timeit.timeit(lambda: sniffed(bomb), number=10)
    assert sniffed(bomb)[:2] == ("archive", "gzip")
    assert spent < 1.0, "64 MiB were inflated"


ELEMENT = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100" + b"\x08\x00\x16\x00UI\x02\x001\x00"


@pytest.mark.parametrize(
    "content",
    [
        bytes(128) + b"DICM" + bytes(20),
        photo("TIFF")[:8] + bytes(120) + b"DICM" + bytes(20),
        ELEMENT,
        b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100" + b"\x08\x00\x16\x00\x02\x00\x00\x001\x00",
        b"\x00\x08\x00\x05CS\x00\x0aISO_IR 100" + b"\x00\x08\x00\x16UI\x00\x021\x00",
    ],
    ids=["preamble", "preamble that is a TIFF", "explicit", "implicit", "big-endian"],
)
def test_dicom_is_told_with_and_without_its_preamble(content: bytes) -> None:
    assert sniffed(content).kind == "dicom"


@pytest.mark.parametrize(
    ("content", "key", "mime"),
    [
        (b"plain words\n", "a.txt", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"# Title\n", "a.md", "text/markdown"),
        (b'{"a": [1, 2.5, null, "x\\n"]}', "a", "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "a", "application/x-ndjson"),
        (b"{not json", "a", "text/plain"),
        (b"<!DOCTYPE html><p>", "a", "text/html"),
        (b"<?xml version='1.0'?><a/>", "a", "application/xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "image/svg+xml"),
        ("\ufeffwords".encode("utf-16"), "a", "text/plain"),
        ("größe\n".encode("latin-1") * 20, "a", "text/plain"),
        ("naïve ".encode() * 10 + b"\xc3", "a", "text/plain"),
    ],
)
def test_text_is_told_by_its_content(content: bytes, key: str, mime: str) -> None:
    assert sniffed(content, key)[::2] == ("text", mime)


@pytest.mark.parametrize(
    "start",
    [
        b"ffconcat version 1.0\nfile victim.mp4\n",
        b"#EXTM3U\n#EXTINF:5,\nx.ts\n",
        b"\xef\xbb\xbfffconcat version 1.0\n",
        b"  #EXTM3U\n",
    ],
)
@pytest.mark.parametrize("rest", [b"", b"\x00" * 100, b"\xff\x00\x01" * 300])
def test_a_playlist_is_never_a_video_whatever_its_name_and_the_rest(start: bytes, rest: bytes) -> None:
    assert sniffed(start + rest, "x.mp4").kind in {"text", "unknown"}
    assert sniffed(start, "x.mp4").kind == "text"


def test_what_is_nothing_is_unknown() -> None:
    assert sniffed(b"").kind == "unknown"
    assert sniffed(bytes(range(256)) * 20).kind == "unknown"
    assert sniffed(bytes(4096)).kind == "unknown"


@pytest.mark.parametrize(
    ("extension", "name", "disagree"),
    [
        (".jpg", "jpeg", False),
        (".JPG", "jpeg", False),
        (".png", "jpeg", True),
        ("", "jpeg", False),
        (".17", "dicom", False),
        (".dcm", "dicom", False),
        (".mp4", "text", True),
        (".jpg", "unknown", True),
        (".txt", "text", False),
        (".txt", "png", True),
        (".md", "text", False),
        (".dat", "png", False),
        (".ts", "text", False),
        (".nii.gz", "nifti1", False),
        (".nii.gz", "gzip", True),
        (".mka", "matroska", False),
        (".m4a", "mp4", False),
    ],
)
def test_an_extension_is_compared_and_chooses_nothing(extension: str, name: str, disagree: bool) -> None:
    assert extension_mismatch(extension, name) is disagree


@pytest.mark.parametrize(
    ("key", "extension"),
    [
        ("a/b.JPG", ".jpg"),
        ("brain.nii.gz", ".nii.gz"),
        (".hidden", ""),
        ("a.b/c", ""),
        ("x.", "."),
        ("a.tar.gz", ".tar.gz"),
        ("a.png.gz", ".gz"),
    ],
)
def test_the_extension_of_a_key(key: str, extension: str) -> None:
    assert extension_of(key) == extension


STARTS = [photo(kind)[:64] for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "ICO")]
STARTS += [clip(container, frames=2)[:64] for container in ("mp4", "matroska", "avi", "mpegts")]
STARTS += [b"PK\x03\x04", b"\x1f\x8b\x08", b"RIFF", b"\x00\x00\x00\x18ftyp", ELEMENT, b"P5", b"{", b"<", b"\xff\xfb"]


@given(st.sampled_from([b"", *STARTS]), st.binary(max_size=400), st.integers(0, 1 << 50), st.text(max_size=8))
@example(b"", b"\xff", 1, "")
@example(b"P5", b"", 2, "")
@example(b"", b"\x89PNG\r\n\x1a\n", 8, "")
def test_no_bytes_make_it_raise(start: bytes, rest: bytes, size: int, key: str) -> None:
    assert sniff(start + rest, size, key).kind


@given(st.sampled_from(STARTS), st.data())
def test_no_cut_of_a_start_makes_it_raise(start: bytes, data: st.DataObject) -> None:
    assert sniff(start[: data.draw(st.integers(0, len(start)))], 10_000, "x").kind


def test_common_kinds_take_microseconds() -> None:
    heads = [photo(kind) for kind in ("JPEG", "PNG", "TIFF")] + [clip("mp4", frames=2)]
    spent = min(timeit.repeat(lambda: [sniffed(head) for head in heads], number=100, repeat=3))
    assert spent / 400 < 100e-6


def test_a_header_spread_over_gzip_members_is_still_nifti() -> None:
    header = (348).to_bytes(4, "little") + bytes(340) + b"n+1\0" + bytes(4)
    head = b"".join(gzip.compress(header[start : start + 100]) for start in range(0, len(header), 100))
    assert sniff(head, len(head), "a.nii.gz").kind == sniff(gzip.compress(header), 99, "a.nii.gz").kind == "nifti"


def test_members_without_content_do_not_keep_the_sniffer_busy() -> None:
    head = (gzip.compress(b"") * 3300)[:65536]
    assert sniff(head, 10**9, "a.gz").kind == "archive"
