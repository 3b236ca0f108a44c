"""The table of signatures: what stands at the start of a file, or at a fixed offset."""

from collections.abc import Iterable, Mapping

__all__ = ["FIRST_BYTES", "TAILED", "Signature"]

Signature = tuple[str, str, str]
"""Kind, format, MIME type."""

_NUMBERED: tuple[tuple[bytes, Signature], ...] = (
    (b"\xff\xd8\xff", ("image", "jpeg", "image/jpeg")),
    (b"\x89PNG\r\n\x1a\n", ("image", "png", "image/png")),
    (b"GIF87a", ("image", "gif", "image/gif")),
    (b"GIF89a", ("image", "gif", "image/gif")),
    (b"II*\x00", ("image", "tiff", "image/tiff")),
    (b"MM\x00*", ("image", "tiff", "image/tiff")),
    (b"II+\x00\x08\x00\x00\x00", ("image", "tiff", "image/tiff")),
    (b"MM\x00+\x00\x08\x00\x00", ("image", "tiff", "image/tiff")),
    (b"RIFF", ("video", "riff", "")),
    (b"RF64", ("audio", "riff", "")),
    (b"BW64", ("audio", "riff", "")),
    (b"riff\x2e\x91\xcf\x11", ("audio", "wav", "audio/wav")),
    (b"FORM", ("audio", "aiff", "audio/aiff")),
    (b"\x1aE\xdf\xa3", ("video", "ebml", "")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", ("video", "asf", "video/x-ms-asf")),
    (b"FLV\x01", ("video", "flv", "video/x-flv")),
    (b"\x00\x00\x01\xba", ("video", "mpeg", "video/mpeg")),
    (b"\x00\x00\x01\xb3", ("video", "mpeg", "video/mpeg")),
    (b"OggS\x00", ("audio", "ogg", "")),
    (b"fLaC", ("audio", "flac", "audio/flac")),
    (b"ID3", ("audio", "id3", "")),
    (b"#!AMR", ("audio", "amr", "audio/amr")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", ("image", "jp2", "image/jp2")),
    (b"\xff\x4f\xff\x51\x00", ("image", "j2k", "image/x-jp2-codestream")),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", ("image", "jxl", "image/jxl")),
    (b"\x00\x00\x01\x00", ("image", "ico", "image/x-icon")),
    (b"8BPS\x00", ("image", "psd", "image/vnd.adobe.photoshop")),
    (b"\x0a\x05\x01\x08", ("image", "pcx", "image/x-pcx")),
    (b"\x0a\x05\x01\x01", ("image", "pcx", "image/x-pcx")),
    *((b"P%d" % digit, ("image", "netpbm", "")) for digit in range(1, 7)),
    (b"%PDF-", ("pdf", "pdf", "application/pdf")),
    (b"# .PCD", ("pointcloud", "pcd", "application/octet-stream")),
    (b"ply\n", ("unknown", "ply", "application/octet-stream")),
    (b"ply\r\n", ("unknown", "ply", "application/octet-stream")),
    (b"LASF", ("unknown", "las", "application/vnd.las")),
    # Volumes with a header in ASCII, which would pass for text.
    (b"NRRD000", ("unknown", "nrrd", "application/octet-stream")),
    (b"ObjectType = Image", ("unknown", "metaimage", "application/octet-stream")),
    (b"SIMPLE  =", ("unknown", "fits", "application/fits")),
    (b"PK\x03\x04", ("archive", "zip", "")),
    (b"PK\x05\x06", ("archive", "zip", "")),
    (b"7z\xbc\xaf\x27\x1c", ("archive", "7z", "application/x-7z-compressed")),
    (b"Rar!\x1a\x07", ("archive", "rar", "application/vnd.rar")),
    (b"BZh", ("archive", "bzip2", "application/x-bzip2")),
    (b"\xfd7zXZ\x00", ("archive", "xz", "application/x-xz")),
    (b"\x28\xb5\x2f\xfd", ("archive", "zstd", "application/zstd")),
    (b"\x1f\x8b\x08", ("archive", "gzip", "")),
)


def _by_first(rows: Iterable[tuple[bytes, Signature]]) -> Mapping[int, tuple[tuple[bytes, Signature], ...]]:
    table: dict[int, list[tuple[bytes, Signature]]] = {}
    for start, found in rows:
        table.setdefault(start[0], []).append((start, found))
    return {first: tuple(found) for first, found in table.items()}


FIRST_BYTES = _by_first(_NUMBERED)
"""Signatures at offset 0, by their first byte."""

TAILED: tuple[tuple[int, bytes, Signature], ...] = ((257, b"ustar", ("archive", "tar", "application/x-tar")),)
"""Signatures at another offset: offset, bytes, what it is."""
