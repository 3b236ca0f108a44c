"""What an object is, by its first bytes: kind, format and MIME type. Never raises, never reads more.

The order matters: lists of other files come first, because a decoder would go and read those files;
strong signatures next, by the first bytes; then what stands at an offset; text last.
"""

from typing import NamedTuple

from labelport.probing.signatures import FIRST_BYTES, TAILED, Signature
from labelport.probing.sniff_boxes import iso_media, matroska, riff
from labelport.probing.sniff_clouds import kitti, pcd
from labelport.probing.sniff_medical import dicom, gzip_content, nifti
from labelport.probing.sniff_streams import audio_frames, mpeg_streams, ogg, tagged
from labelport.probing.text import playlist, text_format

__all__ = ["UNKNOWN", "Sniffed", "extension_mismatch", "extension_of", "sniff"]


class Sniffed(NamedTuple):
    """What the first bytes say."""

    kind: str
    """image, video, audio, dicom, nifti, pointcloud, text, pdf, archive or unknown."""

    format: str
    """jpeg, png, mp4, matroska … ; ``unknown``."""

    mime_type: str
    """By content."""


UNKNOWN = Sniffed("unknown", "unknown", "application/octet-stream")


def extension_of(key: str) -> str:
    """Return the extension of a key in lower case with its dot; empty where there is none.

    ``.nii.gz`` is one extension; a leading dot (``.hidden``) begins none.
    """
    name = key.rsplit("/", 1)[-1].lower()
    stem, dot, last = name.rpartition(".")
    if not dot or not stem.strip("."):
        return ""
    if last in {"gz", "bz2", "xz"} and "." in stem.strip(".") and stem.endswith((".nii", ".tar", ".hdr", ".img")):
        return f".{stem.rsplit('.', 1)[-1]}.{last}"
    return f".{last}"


def sniff(head: bytes, size: int, key: str) -> Sniffed:
    """Return kind, format and MIME type of an object.

    ``head``: its first bytes, 4 KiB at least where there are as many. ``size``: its length. ``key``
    serves what content cannot tell (Markdown, CSV, and KITTI's clouds, which have no magic) and nothing else.
    """
    if not head:
        return UNKNOWN
    found = _signature(head, size)
    if found is None:
        extension = extension_of(key)
        words = text_format(head, extension, whole=len(head) >= size)
        if words:
            return Sniffed("text", *words)
        found = kitti(head, size) if extension == ".bin" else None
    return Sniffed(*found) if found else UNKNOWN


def _signature(head: bytes, size: int) -> Signature | None:
    if playlist(head):
        return None  # text, whatever its name
    for start, found in FIRST_BYTES.get(head[0], ()):
        if head.startswith(start):
            return _closer(head, found, size)
    for offset, mark, found in TAILED:
        if head[offset : offset + len(mark)] == mark:
            return found
    return (
        dicom(head)
        or iso_media(head)
        or mpeg_streams(head, size)
        or nifti(head, size)
        or _bmp(head)
        or audio_frames(head, size)
        or pcd(head)
        or _pdf(head)
    )


def _closer(head: bytes, found: Signature, size: int) -> Signature | None:
    """Look deeper where the first bytes leave a choice."""
    name = found[1]
    if name == "riff":
        return riff(head)
    if name == "png":
        return _png(head, found)
    if name == "ebml":
        return matroska(head)
    if name == "gzip":
        return gzip_content(head)
    if name == "zip":
        return _zip(head)
    if name == "netpbm":
        return _netpbm(head)
    if name == "id3":
        return tagged(head, size)
    if name == "ogg":
        return ogg(head)
    if name == "aiff" and head[8:12] not in {b"AIFF", b"AIFC"}:
        return None  # a text may begin with these four letters
    if name == "bzip2" and head[4:10] not in _BZIP2_BLOCKS:
        return None
    if name == "tiff" and head[128:132] == b"DICM":
        return dicom(head)  # a DICOM file whose preamble is a TIFF header (whole-slide imaging)
    return found


_BZIP2_BLOCKS = {b"1AY&SY", b"\x17rE8P\x90"}
"""What follows ``BZh`` and a digit: the first block, or the end of an empty stream."""


def _png(head: bytes, found: Signature) -> Signature:
    """Animated PNGs are told by the chunk acTL before the first IDAT."""
    at = 8
    while at + 8 <= len(head):
        name = head[at + 4 : at + 8]
        if name == b"acTL":
            return "image", "png", "image/apng"
        if name == b"IDAT":
            break
        at += 12 + int.from_bytes(head[at : at + 4], "big")
    return found


def _bmp(head: bytes) -> Signature | None:
    if head[:2] == b"BM" and len(head) >= 26 and head[14:18] in _BMP_HEADERS:
        return "image", "bmp", "image/bmp"
    return None


_BMP_HEADERS = {length.to_bytes(4, "little") for length in (12, 16, 40, 52, 56, 64, 108, 124)}


def _netpbm(head: bytes) -> Signature | None:
    if len(head) > 2 and head[2] in b" \t\r\n#" and head[2:256].lstrip()[:1] in _NETPBM_NEXT:
        name = {1: "pbm", 4: "pbm", 2: "pgm", 5: "pgm", 3: "ppm", 6: "ppm"}[head[1] - 0x30]
        mime = {"pbm": "bitmap", "pgm": "graymap", "ppm": "pixmap"}[name]
        return "image", name, f"image/x-portable-{mime}"
    return None


_NETPBM_NEXT = frozenset(bytes([byte]) for byte in b"#0123456789")
"""First bytes of a width or a comment; "P1 is a file" is text."""


_PACKAGES = (
    (b"word/", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)


def _zip(head: bytes) -> Signature:
    """Tell office documents and e-books by the names of the first members."""
    length = int.from_bytes(head[26:28], "little")
    first = head[30 : 30 + length]
    if first == b"mimetype":
        body = head[30 + length : 30 + length + 80]
        if b"application/epub+zip" in body:
            return "archive", "epub", "application/epub+zip"
        if b"opendocument.text" in body:
            return "archive", "odt", "application/vnd.oasis.opendocument.text"
    if first in {b"[Content_Types].xml", b"_rels/.rels"}:
        for mark, name, mime in _PACKAGES:
            if mark in head:
                return "archive", name, mime
    return "archive", "zip", "application/zip"


def _pdf(head: bytes) -> Signature | None:
    return ("pdf", "pdf", "application/pdf") if b"%PDF-" in head[:1024] else None


_EXTENSIONS = {
    "jpeg": ".jpg .jpeg .jpe .jfif .jif",
    "png": ".png .apng",
    "gif": ".gif",
    "bmp": ".bmp .dib",
    "tiff": ".tif .tiff .dng .svs .ome.tif .btf .tf8",
    "webp": ".webp",
    "heic": ".heic .heif .hif .heics",
    "avif": ".avif .avifs",
    "jp2": ".jp2 .jpx .jpf .j2k .jpc .jpg2",
    "j2k": ".j2k .j2c .jpc .jp2",
    "ico": ".ico",
    "cur": ".cur",
    "pbm": ".pbm .pnm",
    "pgm": ".pgm .pnm",
    "ppm": ".ppm .pnm",
    "pcx": ".pcx",
    "psd": ".psd",
    "jxl": ".jxl",
    "mp4": ".mp4 .m4v .m4a .m4b .mp4v .mpg4 .f4v .3gp .3g2 .mov .qt .ismv",
    "mov": ".mov .qt .mp4 .m4v .m4a",
    "3gp": ".3gp .3g2 .3gpp .mp4",
    "matroska": ".mkv .mka .mk3d .mks",
    "webm": ".webm .weba",
    "avi": ".avi .divx",
    "mpegts": ".ts .m2ts .mts .m2t .tp .trp",
    "mpeg": ".mpg .mpeg .vob .mpe .m2p .ps .m1v .m2v .dat",
    "asf": ".wmv .asf .wma",
    "flv": ".flv .f4v",
    "wav": ".wav .wave .w64 .rf64 .bwf",
    "aiff": ".aif .aiff .aifc",
    "mp3": ".mp3 .mp2 .mp1 .mpga .mpa",
    "flac": ".flac",
    "ogg": ".ogg .oga .ogv .ogm .opus .spx .ogx",
    "aac": ".aac .adts",
    "amr": ".amr",
    "dicom": ".dcm .dicom .dic .ima .acr",
    "nifti1": ".nii .nii.gz .hdr .img .hdr.gz .img.gz",
    "nifti2": ".nii .nii.gz .hdr .img .hdr.gz .img.gz",
    "pdf": ".pdf .ai",
    "pcd": ".pcd",
    "kitti": ".bin",
    "ply": ".ply",
    "las": ".las .laz",
    "nrrd": ".nrrd .nhdr",
    "metaimage": ".mha .mhd",
    "fits": ".fits .fit .fts",
    "zip": ".zip .jar .whl .npz .cbz .apk .kmz",
    "docx": ".docx .docm .dotx",
    "xlsx": ".xlsx .xlsm",
    "pptx": ".pptx",
    "odt": ".odt",
    "epub": ".epub",
    "7z": ".7z",
    "rar": ".rar",
    "tar": ".tar",
    "gzip": ".gz .tgz .tar.gz .svgz .emz",
    "bzip2": ".bz2 .tbz2 .tar.bz2",
    "xz": ".xz .txz .tar.xz",
    "zstd": ".zst",
}
_TEXTS = frozenset(
    [
        ".txt",
        ".text",
        ".log",
        ".csv",
        ".tsv",
        ".md",
        ".markdown",
        ".json",
        ".ndjson",
        ".jsonl",
        ".geojson",
        ".xml",
        ".html",
        ".htm",
        ".svg",
        ".yaml",
        ".yml",
        ".m3u",
        ".m3u8",
        ".ffconcat",
    ]
)
_TEXT_FORMATS = ("text", "markdown", "csv", "tsv", "json", "ndjson", "html", "xml", "svg", "m3u", "ffconcat")
_FITS = {name: frozenset(words.split()) for name, words in _EXTENSIONS.items()} | dict.fromkeys(_TEXT_FORMATS, _TEXTS)
_KNOWN = frozenset().union(*_FITS.values()) - {".dat", ".img", ".ps", ".ts", ".ai", ".tp", ".bin"}


def extension_mismatch(extension: str, format_name: str) -> bool:
    """Return whether an extension (with its dot) says another format than the content.

    An absent extension never disagrees, nor does one that stands for no known format. Bytes of no
    known kind disagree with every extension of a known format.
    """
    word = extension.lower()
    if not word or (word not in _KNOWN and word not in _FITS.get(format_name, ())):
        return False
    return word not in _FITS.get(format_name, ())
