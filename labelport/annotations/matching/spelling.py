"""How names of images are spelled: slashes, addresses, extensions, and what may be set aside of them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

MOST_NAME = 4096
"""Characters of a name that can lead anywhere: no key and no path is longer."""

EXTENSIONS = (
    *("nii.gz", "hdr.gz", "img.gz", "nii", "hdr", "img", "mha", "mhd", "nrrd", "mgz", "dcm", "dicom", "ima", "acr"),
    *("jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "bmp", "dib", "tif", "tiff", "heic", "heif", "avif"),
    *("jp2", "j2k", "jxl", "ico", "psd", "pcx", "ppm", "pgm", "pbm", "pnm", "dng", "raw", "npy", "svs", "ndpi"),
    *("mp4", "m4v", "mov", "qt", "3gp", "3g2", "mkv", "webm", "avi", "ts", "mts", "m2ts", "mpg", "mpeg", "vob"),
    *("wmv", "asf", "flv", "ogv", "wav", "wave", "w64", "aiff", "aif", "mp3", "flac", "ogg", "oga", "opus", "aac"),
    *("m4a", "wma", "pcd", "ply", "las", "laz", "pdf"),
)
"""What counts as an extension, in any case. All else behind a dot is part of the stem (``img.v2``)."""

_ENDING = rf"(?i)([^/])\.(?:{'|'.join(each.replace('.', '[.]') for each in EXTENSIONS)})"
STEM_PATTERN = rf"{_ENDING}$"
"""Of RE2: what is taken from a path to get its stem; group 1 stays."""

FRAME_PATTERN = r"^(?P<name>.+)#frame=(?P<frame>[0-9]{1,9})$"
"""Of RE2: a frame of an object, 0-based: a plane of a volume, or a frame of a multi-frame object or video."""

LABEL_FILES = ("label.labels", "label.txt", "classes.txt", "obj.names", "obj.data", "labels.json", "data.yaml")
"""Files of class names: never an image."""

FOLDINGS = ("percent", "unicode", "case")
"""In this order they are applied: what percent signs stand for may be of either Unicode form."""

_STEM = re.compile(rf"{_ENDING}\Z")
_ODD = re.compile(r"[\\:]|(?:^|/)\.{1,2}(?:/|$)|^/")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_DRIVE = re.compile(r"[A-Za-z]:(?=/)")
_BY_BUCKET = ("s3", "s3a", "gs", "memory")
"""Schemes behind whose bucket the key itself stands: it may hold ``?`` and ``#``."""


@dataclass(frozen=True)
class Root:
    """A place that the dataset's keys lie below: names may begin with it."""

    whole: str
    """With its slash: ``s3://bucket/prefix/``, ``/mnt/photos/``."""

    path: str
    """The path of it without the first slash: ``prefix/``; empty where there is none."""


def root_of(address: str) -> Root:
    """Return the root of an address (a URI, a URL, a path)."""
    plain = address if _URL.match(address) else address.replace("\\", "/")
    path, _ = cleaned(plain)
    return Root(f"{plain.rstrip('/')}/", f"{path.rstrip('/')}/" if path.strip("/") else "")


def cleaned(name: str) -> tuple[str, bool]:
    """Return the path that a name says, and whether it begins at a place of its own (a URL, a drive, ``/``).

    Backslashes become slashes, ``.`` goes, ``..`` takes a folder with it, and a URL is its path: percent signs
    stay as they are.

    >>> cleaned(r"C:\\photos\\a.jpg"), cleaned("./b/../a.jpg"), cleaned("https://host/b/a%20b.jpg?sign=1")
    (('photos/a.jpg', True), ('a.jpg', False), ('b/a%20b.jpg', True))
    """
    if not _ODD.search(name):
        return name, False
    url = _URL.match(name)
    if url:
        path = name[url.end() :].partition("/")[2]
        if url.group(1).lower() not in _BY_BUCKET:
            path = re.split(r"[?#]", path, maxsplit=1)[0]
        return _without_dots(path), True
    path = name.replace("\\", "/")
    without_drive = _DRIVE.sub("", path, count=1) if _DRIVE.match(path) else path
    return _without_dots(without_drive), without_drive.startswith("/")


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.lstrip("/").split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def tails(path: str, most: int) -> list[str]:
    """Return a path and what is left of it without its first folders, of at most ``most`` segments.

    >>> tails("a/b/c.jpg", 2)
    ['b/c.jpg', 'c.jpg']
    """
    segments = path.split("/")[-most:] if most else []
    return ["/".join(segments[start:]) for start in range(len(segments))]


def has_extension(path: str) -> bool:
    """Return whether a path ends with an extension of media."""
    return _STEM.search(path) is not None


def stem_of(path: str) -> str:
    """Return a path without the extension of media that it may have; other dots are part of the stem.

    >>> stem_of("a/img.v2.final.jpg"), stem_of("a/img.v2"), stem_of("scan.NII.GZ")
    ('a/img.v2.final', 'a/img.v2', 'scan')
    """
    return _STEM.sub(r"\1", path)


def folded(text: str, foldings: Sequence[str]) -> str:
    """Return a text without the differences that ``foldings`` (of ``FOLDINGS``) set aside.

    >>> folded("A%20B.JPG", ["case", "percent"])
    'a b.jpg'
    """
    if "percent" in foldings and "%" in text:
        text = _without_percent(text)
    if "unicode" in foldings and not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "case" in foldings:
        text = text.casefold()
        if "unicode" in foldings and not text.isascii():  # folding can take a composed letter apart
            text = unicodedata.normalize("NFC", text)
    return text


def _without_percent(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text
