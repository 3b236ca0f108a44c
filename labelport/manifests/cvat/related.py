"""Context images of 2D images: the layout that CVAT's tool reads (specification 2.8).

For ``<dir>/<stem>.<ext>`` they lie directly in ``<dir>/related_images/<stem>_<ext>/``; the last ``_`` of
that folder stands for the dot, and case counts.
"""

import posixpath

FOLDER = "related_images"

IMAGE_EXTENSIONS = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".bmp",
        ".dib",
        ".gif",
        ".tif",
        ".tiff",
        ".webp",
        ".jp2",
        ".j2k",
        ".ico",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".tga",
        ".avif",
        ".pcx",
    ]
)
"""Extensions, lower-case, that are taken as images on every host; CVAT's tool asks the host's MIME table
instead, so its set differs from machine to machine [O]."""

VIDEO_EXTENSIONS = frozenset(
    [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".m2ts", ".mts", ".mpg", ".mpeg", ".wmv", ".asf", ".3gp", ".3g2"]
)
"""Extensions that look like a video, for files whose content is none."""


def is_context(key: str) -> bool:
    """Return whether an object lies below a folder ``related_images``: such are never entries."""
    return FOLDER in key.split("/")[:-1]


def main_image_of(key: str) -> str | None:
    """Return the image that a context image belongs to, or null where it lies at another depth.

    >>> main_image_of("sub/related_images/f1.a_jpg/c.png")
    'sub/f1.a.jpg'
    """
    segments = key.split("/")
    if len(segments) < 3 or segments[-3] != FOLDER:
        return None
    stem, underscore, extension = segments[-2].rpartition("_")
    if not underscore:
        return None
    return "/".join([*segments[:-3], f"{stem}.{extension}"])


def has_image_extension(key: str) -> bool:
    """Return whether the key ends as an image's does, on every host."""
    return posixpath.splitext(key)[1].lower() in IMAGE_EXTENSIONS
