"""The sections of a file and what belongs into them (specification 3.2, 3.3 and 3.9)."""

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urlsplit

from labelport.manifests.encord.arns import is_arn
from labelport.probing.sniff import extension_of


@dataclass(frozen=True)
class Section:
    """One array of the file."""

    name: str
    """Its key at the top."""

    kind: str
    """Kind of media that belongs into it."""

    formats: frozenset[str]
    """Formats by content that Encord lists; empty: any."""

    extensions: frozenset[str]
    """Extensions that Encord lists, lower-case; empty: any that is no other section's."""

    several: bool = False
    """Entries name many objects: ``objectUrl_0`` and so on."""

    metadata: str | None = None
    """Key of the media metadata."""

    members: tuple[tuple[str, type], ...] = ()
    """Members of the media metadata: all are required."""

    unconfirmed: bool = False
    """No document of the vendor shows the key in a file; the SDK's classes have it."""

    @property
    def sdk_name(self) -> str:
        """Return its key in the SDK's dialect (``encord.orm.storage.DataUploadItems``, by alias)."""
        return "pdf" if self.name == "pdfs" else camel(self.name)


def camel(name: str) -> str:
    """Return a name as the SDK's classes write it: ``file_size`` is ``fileSize``."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def spellings(name: str) -> tuple[str, ...]:
    """Return how the SDK's classes read a name: by alias and by field (``fileSize``, ``file_size``)."""
    return tuple(dict.fromkeys((camel(name), re.sub(r"([A-Z])", r"_\1", name).lower())))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IMAGES = (_words("jpeg png webp avif bmp tiff"), _words(".jpeg .jpg .png .webp .avif .bmp .tiff .tif"))

SECTIONS = {
    section.name: section
    for section in (
        Section(
            "videos",
            "video",
            _words("mp4 mov webm matroska"),
            _words(".mp4 .mov .webm .mkv"),
            metadata="videoMetadata",
            members=(
                ("fps", float),
                ("duration", float),
                ("width", int),
                ("height", int),
                ("file_size", int),
                ("mime_type", str),
            ),
        ),
        Section(
            "images",
            "image",
            *_IMAGES,
            metadata="imageMetadata",
            members=(("mime_type", str), ("file_size", int), ("width", int), ("height", int)),
        ),
        Section(
            "audio",
            "audio",
            _words("mp3 wav flac eac3 mp4"),
            _words(".mp3 .wav .flac .eac3 .m4a .mp4"),
            metadata="audioMetadata",
            members=(
                ("duration", float),
                ("file_size", int),
                ("mime_type", str),
                ("sample_rate", int),
                ("bit_depth", int),
                ("codec", str),
                ("num_channels", int),
            ),
        ),
        Section(
            "text",
            "text",
            _words("html json xml text"),
            _words(".html .json .xml .txt"),
            metadata="textMetadata",
            members=(("file_size", int), ("mime_type", str)),
        ),
        Section(
            "pdfs",
            "pdf",
            frozenset(),
            _words(".pdf"),
            metadata="pdfMetadata",
            members=(("file_size", int), ("num_pages", int)),
            unconfirmed=True,
        ),
        Section("nifti", "nifti", frozenset(), _words(".nii .nii.gz"), unconfirmed=True),
        Section("image_groups", "image", *_IMAGES, several=True),
        Section("dicom_series", "dicom", frozenset(), frozenset(), several=True),
    )
}
"""All sections in the order in which they are written."""

SECTION_OF_KIND = {
    "video": "videos",
    "image": "images",
    "audio": "audio",
    "text": "text",
    "pdf": "pdfs",
    "nifti": "nifti",
    "dicom": "dicom_series",
}
"""Section of a single object by its kind of media."""

SAFARI_ONLY = frozenset({".tif", ".tiff", ".mov"})
"""What Encord's editor shows in Safari only [vendor's documentation]."""

_PARTED = re.compile(r"[?#%\s]")
_OF_DICOM = frozenset({".dcm", ".dicom", ".dic", ".ima"})


def extension_of_url(url: str) -> str:
    """Return the extension of the object that a URL or ARN names: lower-case, with its dot, or empty."""
    if is_arn(url) or (url.count("/") > 2 and not _PARTED.search(url)):
        return extension_of(url)  # most URLs: nothing but a path stands behind the host
    try:
        return extension_of(unquote(urlsplit(url).path))
    except ValueError:
        return ""


def belongs_elsewhere(section: str, extension: str) -> bool:
    """Return whether an extension says the media of another section and not of this one."""
    here = SECTIONS[section].extensions or _OF_DICOM
    return extension not in here and extension in _elsewhere(section)


def is_listed(section: str, extension: str) -> bool:
    """Return whether Encord lists an extension for a section; for DICOM it lists none."""
    return not SECTIONS[section].extensions or extension in SECTIONS[section].extensions


@cache
def _elsewhere(section: str) -> frozenset[str]:
    others = (other.extensions or _OF_DICOM for name, other in SECTIONS.items() if name != section)
    return frozenset().union(*others)
